// Observations by stream: messages are stored in groups, and their numbers are the sender's memory.
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "services/base/records.h"
#include "services/base/status.h"
#include "services/indicators/indicators_intake.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"

namespace lucid::indicators {
namespace {

using Request = v1::StreamObservationsRequest;
using Response = v1::StreamObservationsResponse;
using Messages = std::deque<Request>;

constexpr size_t kMostIdBytes = 128;
// What one message may bring, and what one transaction takes unless a single message has more.
constexpr int kMostItems = 1000;
constexpr int kMostValues = 100'000;
constexpr int kMostRowsInGroup = 1000;

int ValuesIn(const Request& message) {
  int values = message.observations_size();
  for (const v1::Run& run : message.runs()) values += run.values_size();
  return values;
}

// Counts the rows that messages touch: one per series and month.
class RowCount {
 public:
  void Add(const Request& message) {
    for (const v1::Observation& one : message.observations()) {
      Add(one, absl::string_view(one.start()).substr(0, 7));
    }
    for (const v1::Run& run : message.runs()) {
      Add(run, absl::string_view(run.start()).substr(0, 7));
      const int64_t steps = int64_t{std::max(run.step(), 1)} * (run.values_size() - 1);
      const int64_t months = run.length() == v1::Observation::HOUR  ? steps / 28 / 24
                             : run.length() == v1::Observation::DAY ? steps / 28
                                                                    : run.values_size() - 1;
      further_ += std::clamp<int64_t>(months, 0, run.values_size());
    }
  }
  int64_t count() const { return static_cast<int64_t>(rows_.size()) + further_; }

 private:
  template <class Named>
  void Add(const Named& one, absl::string_view month) {
    rows_.insert(
        absl::HashOf(one.site_id(), one.indicator_id(), one.factor(), int{one.length()}, month));
  }

  absl::flat_hash_set<size_t> rows_;
  int64_t further_ = 0;
};

absl::Status CheckSize(const Request& message) {
  FieldErrors errors;
  if (message.observations_size() > kMostItems) errors.Add("observations", "must be at most 1000");
  if (message.runs_size() > kMostItems) errors.Add("runs", "must be at most 1000");
  if (ValuesIn(message) > kMostValues) errors.Add("runs", "must have at most 100000 values");
  return errors.status();
}

absl::Status AddTo(Intake& intake, Tx& tx, const Request& message) {
  for (int i = 0; i < message.observations_size(); ++i) {
    const Place place{"observations", i};
    RETURN_IF_ERROR(place.In(intake.Add(tx, message.observations(i), place)));
  }
  for (int i = 0; i < message.runs_size(); ++i) {
    const Place place{"runs", i};
    RETURN_IF_ERROR(place.In(intake.Add(tx, message.runs(i), place)));
  }
  return absl::OkStatus();
}

// The status as one about the message of this number.
absl::Status InMessage(int64_t position, const absl::Status& status) {
  return InItem("messages", static_cast<int>(position), status);
}

class ObservationStream final : public Exchange<Request, Response> {
 public:
  explicit ObservationStream(Db& db) : db_(db) {}

  absl::Status Take(const Call& call, Messages& arrived, Response& response) override {
    if (stream_id_.empty()) RETURN_IF_ERROR(Begin(call, arrived.front()));
    while (!arrived.empty()) {
      ASSIGN_OR_RETURN(const bool is_new, IsNew(arrived.front()));
      if (is_new) break;
      arrived.pop_front();
    }
    if (!arrived.empty()) {
      ASSIGN_OR_RETURN(const size_t count, Group(arrived));
      RETURN_IF_ERROR(Store(call, arrived, count, response));
      arrived.erase(arrived.begin(), arrived.begin() + static_cast<std::ptrdiff_t>(count));
    }
    response.set_position(position_);
    return absl::OkStatus();
  }

 private:
  absl::Status Begin(const Call& call, const Request& first) {
    if (first.stream_id().empty() || first.stream_id().size() > kMostIdBytes) {
      return InvalidField("stream_id", "must have 1 … 128 bytes in the first message");
    }
    ASSIGN_OR_RETURN(position_, db_.Read([&](Tx& tx) {
      return StreamPosition(tx, call.actor.subject, first.stream_id());
    }));
    stream_id_ = first.stream_id();
    return absl::OkStatus();
  }

  // Whether the message brings what is not stored yet; then it is the next one.
  absl::StatusOr<bool> IsNew(const Request& message) const {
    if (!message.stream_id().empty() && message.stream_id() != stream_id_) {
      return InvalidField("stream_id", "must stay the same in all messages of a call");
    }
    if (message.position() == 0 && ValuesIn(message) == 0) return false;
    if (message.position() < 1) {
      return InvalidField("position", "must be 1 or more in a message with observations");
    }
    if (message.position() <= position_) return false;
    RETURN_IF_ERROR(Follows(message, position_));
    return true;
  }

  static absl::Status Follows(const Request& message, int64_t position) {
    if (message.position() == position + 1) return absl::OkStatus();
    return Fail(absl::StatusCode::kFailedPrecondition, "STREAM_GAP",
                absl::StrCat("message ", message.position(), " came after ", position),
                {{"position", absl::StrCat(position)}});
  }

  // How many of the messages, from the first on, are stored together: the next ones in order, of
  // one origin.
  absl::StatusOr<size_t> Group(const Messages& arrived) const {
    const Request& first = arrived.front();
    RETURN_IF_ERROR(InMessage(first.position(), CheckSize(first)));
    RowCount rows;
    rows.Add(first);
    int values = ValuesIn(first);
    size_t count = 1;
    for (; count < arrived.size(); ++count) {
      const Request& next = arrived[count];
      rows.Add(next);
      values += ValuesIn(next);
      const bool joins = (next.stream_id().empty() || next.stream_id() == stream_id_) &&
                         next.position() == arrived[count - 1].position() + 1 &&
                         CheckSize(next).ok() && values <= kMostValues &&
                         rows.count() <= kMostRowsInGroup &&
                         next.origin().SerializeAsString() == first.origin().SerializeAsString();
      if (!joins) break;
    }
    return count;
  }

  // Stores the first `count` messages at once; where one of them is bad, each by itself up to it.
  absl::Status Store(const Call& call, const Messages& arrived, size_t count, Response& response) {
    absl::Status stored = StoreAtOnce(call, arrived, 0, count, response);
    const bool bad = !stored.ok() && stored.code() != absl::StatusCode::kUnavailable &&
                     stored.code() != absl::StatusCode::kAborted;
    if (!bad) return stored;
    if (count == 1) return InMessage(arrived.front().position(), stored);
    for (size_t i = 0; i < count; ++i) {
      RETURN_IF_ERROR(InMessage(arrived[i].position(), StoreAtOnce(call, arrived, i, 1, response)));
    }
    return absl::OkStatus();
  }

  absl::Status StoreAtOnce(const Call& call, const Messages& arrived, size_t begin, size_t count,
                           Response& response) {
    const int64_t last = arrived[begin + count - 1].position();
    ASSIGN_OR_RETURN(
        const v1::ObservationBatch batch,
        db_.Write([&](Tx& tx) -> absl::StatusOr<v1::ObservationBatch> {
          ASSIGN_OR_RETURN(const bool moved,
                           MoveStream(tx, call.actor.subject, stream_id_, position_, last));
          if (!moved) {
            return Fail(absl::StatusCode::kAborted, "STREAM_TAKEN_OVER",
                        absl::StrCat("another sender goes on with stream ", stream_id_));
          }
          Intake intake(call);
          for (size_t i = begin; i < begin + count; ++i) {
            RETURN_IF_ERROR(AddTo(intake, tx, arrived[i]));
          }
          return intake.Store(tx, arrived[begin].origin());
        }));
    position_ = last;
    response.set_created(response.created() + batch.created());
    response.set_unchanged(response.unchanged() + batch.unchanged());
    response.set_corrected(response.corrected() + batch.corrected());
    return absl::OkStatus();
  }

  Db& db_;
  std::string stream_id_;
  int64_t position_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Exchange<Request, Response>>> IndicatorsService::StreamObservations(
    const Call&) {
  return std::make_unique<ObservationStream>(db_);
}

}  // namespace lucid::indicators
