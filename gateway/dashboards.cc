#include "gateway/dashboards.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gateway/json.h"
#include "google/protobuf/util/time_util.h"
#include "lucid/indicators/v1/board.pb.h"
#include "lucid/types/v1/summary.pb.h"
#include "services/base/calendar.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using dashboards::v1::FeedPosition;
using dashboards::v1::Overview;

// While writes pour in, a dashboard is computed so often and not more.
constexpr absl::Duration kCoalesce = absl::Milliseconds(100);
// How long one is kept that no feed vouches for.
constexpr absl::Duration kUnfollowed = absl::Seconds(1);
constexpr absl::Duration kGatherTime = absl::Seconds(5);
constexpr absl::Duration kSharedTime = absl::Hours(1);
// Kinds of callers times regions; more than there are in practice.
constexpr size_t kMostKept = 4096;

constexpr absl::string_view kBoards = "indicators";  // the service that has boards

// "tasks" → "/lucid.tasks.v1.TasksService/Summarize".
std::string PathOf(const std::string& source, absl::string_view method) {
  std::string name = source;
  name[0] = absl::ascii_toupper(name[0]);
  return absl::StrCat("/lucid.", source, ".v1.", name, "Service/", method);
}

const FeedPosition* PositionOf(const Overview& overview, absl::string_view source) {
  for (const FeedPosition& position : overview.positions()) {
    if (position.service() == source) return &position;
  }
  return nullptr;
}

absl::StatusOr<absl::flat_hash_map<std::string, int64_t>> MinPositions(
    const View& view, const std::vector<std::string>& sources) {
  absl::flat_hash_map<std::string, int64_t> positions;
  for (const std::string& text : view.min_position) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
    int64_t position = 0;
    const bool known = std::find(sources.begin(), sources.end(), parts.first) != sources.end();
    if (!known || !absl::SimpleAtoi(parts.second, &position) || position < 0) {
      return InvalidField("min_position", "must be SERVICE:POSITION, such as \"tasks:1234\"");
    }
    positions[parts.first] = std::max(positions[parts.first], position);
  }
  return positions;
}

// What a caller must mend or be told, as opposed to a service that is away.
bool IsRefusal(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnauthenticated ||
         status.code() == absl::StatusCode::kPermissionDenied ||
         status.code() == absl::StatusCode::kInvalidArgument || Reason(status) == "NOT_YET";
}

}  // namespace

struct Dashboards::Flight {
  std::string key;         // of the dashboard
  std::string flight_key;  // with what the caller insists on
  std::string region, board_id, day;
  std::vector<std::string> sources;
  absl::flat_hash_map<std::string, int64_t> min_positions;
  CallFrame frame;
  absl::Time day_end;
  std::mutex mutex;
  size_t awaited = 0;                                         // guarded by mutex
  std::vector<absl::StatusOr<types::v1::Summary>> summaries;  // by source; guarded by mutex
};

namespace {

// The key in Redis, to be followed by the positions that the dashboard includes: what is found
// under positions is never older than they are.
std::string SharedKey(absl::string_view key, absl::string_view day) {
  return absl::StrCat("lucid:overview:1|", key, "|", day);
}

void AppendPosition(absl::string_view epoch, int64_t position, std::string& key) {
  absl::StrAppend(&key, "|", epoch, ":", position);
}

}  // namespace

// What a service is asked for a dashboard.
grpc::ByteBuffer Dashboards::QuestionTo(const Flight& flight, const std::string& source) {
  const auto min = flight.min_positions.find(source);
  const int64_t position = min == flight.min_positions.end() ? 0 : min->second;
  if (flight.board_id.empty()) {
    types::v1::SummarizeRequest request;
    request.set_region(flight.region);
    request.set_day(flight.day);
    request.set_min_position(position);
    return ToBytes(request);
  }
  indicators::v1::SummarizeBoardRequest request;
  request.set_id(flight.board_id);
  request.set_region(flight.region);
  request.set_day(flight.day);
  request.set_min_position(position);
  return ToBytes(request);
}

Dashboard::Dashboard(std::vector<std::string> from, Overview cells, std::string json)
    : sources(std::move(from)),
      overview(std::move(cells)),
      prepared(std::move(json), "application/json", "Cache-Control: private, no-cache\r\n"),
      computed(absl::Now()) {}

void Dashboards::Show(const std::string& roles, const View& view, const CallFrame& frame,
                      Shown shown) {
  const absl::Time now = options_.clock();
  std::string key = absl::StrCat(roles, "|", view.region);
  if (!view.board_id.empty()) absl::StrAppend(&key, "|board/", view.board_id);
  if (view.min_position.empty()) {
    if (auto kept = Fresh(key, now)) return shown(std::move(kept));
  }
  const std::vector<std::string> sources =
      view.board_id.empty() ? options_.sources : std::vector<std::string>{std::string(kBoards)};
  auto min_positions = MinPositions(view, sources);
  if (!min_positions.ok()) return shown(min_positions.status());
  if (!min_positions->empty()) {
    const auto kept = Fresh(key, now);
    const bool enough =
        kept != nullptr &&
        std::all_of(min_positions->begin(), min_positions->end(), [&](const auto& asked) {
          const auto* has = PositionOf(kept->overview, asked.first);
          return has != nullptr && has->position() >= asked.second;
        });
    if (enough) return shown(kept);
  }
  auto flight = std::make_shared<Flight>();
  flight->key = key;
  flight->flight_key = absl::StrCat(key, "|", absl::StrJoin(view.min_position, ","));
  flight->region = view.region;
  flight->board_id = view.board_id;
  flight->sources = sources;
  const absl::CivilDay day = DayOf(now, options_.zone);
  flight->day = FormatDay(day);
  flight->day_end = absl::FromCivil(day + 1, options_.zone);
  flight->min_positions = *std::move(min_positions);
  flight->frame = frame;
  flight->frame.repeatable = true;
  // Others may join, whose time is not this caller's.
  flight->frame.deadline = absl::Now() + kGatherTime;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Shown>& waiting = waiting_[flight->flight_key];
    waiting.push_back(std::move(shown));
    if (waiting.size() > 1) return;
  }
  const std::string shared = flight->min_positions.empty() ? KnownKey(*flight) : std::string();
  if (shared.empty()) return Gather(flight);
  redis_.Get(shared, [this, flight](const std::optional<std::string>& bytes) {
    Overview overview;
    const bool usable = bytes.has_value() && overview.ParseFromString(*bytes) &&
                        overview.region() == flight->region && overview.day() == flight->day;
    if (!usable) return Gather(flight);
    Land(flight, std::move(overview), false);
  });
}

std::shared_ptr<const Dashboard> Dashboards::Fresh(const std::string& key, absl::Time now) const {
  std::shared_ptr<const Dashboard> kept;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto it = kept_.find(key);
    if (it == kept_.end()) return nullptr;
    kept = it->second;
  }
  return IsFresh(*kept, now) ? kept : nullptr;
}

bool Dashboards::IsFresh(const Dashboard& dashboard, absl::Time now) const {
  if (now >= dashboard.valid_until) return false;
  const uint64_t generation = feeds_.generation();
  if (dashboard.generation.load(std::memory_order_relaxed) == generation) return true;
  const absl::Duration age = absl::Now() - dashboard.computed;
  bool vouched = true;
  for (const std::string& source : dashboard.sources) {
    const FeedPosition* has = PositionOf(dashboard.overview, source);
    const auto point = feeds_.Find(source);
    if (has == nullptr || !point.has_value()) {
      if (age >= kUnfollowed) return false;
      vouched = false;
    } else if (has->epoch() != point->epoch || has->position() < point->position) {
      if (age >= kCoalesce) return false;
      vouched = false;
    }
  }
  if (vouched) dashboard.generation.store(generation, std::memory_order_relaxed);
  return true;
}

std::string Dashboards::KnownKey(const Flight& flight) const {
  std::string shared = SharedKey(flight.key, flight.day);
  for (const std::string& source : flight.sources) {
    const auto point = feeds_.Find(source);
    if (!point.has_value()) return "";
    AppendPosition(point->epoch, point->position, shared);
  }
  return shared;
}

void Dashboards::Gather(const std::shared_ptr<Flight>& flight) {
  flight->awaited = flight->sources.size();
  flight->summaries.resize(flight->sources.size(), absl::UnknownError("not asked"));
  for (size_t i = 0; i < flight->sources.size(); ++i) {
    const std::string& source = flight->sources[i];
    upstreams_.Call(PathOf(source, flight->board_id.empty() ? "Summarize" : "SummarizeBoard"),
                    flight->frame, QuestionTo(*flight, source),
                    [this, flight, i](const absl::StatusOr<grpc::ByteBuffer>& answer) {
                      types::v1::Summary summary;
                      absl::Status status =
                          answer.ok() ? FromBytes(*answer, summary) : answer.status();
                      {
                        std::lock_guard<std::mutex> lock(flight->mutex);
                        if (status.ok()) {
                          flight->summaries[i] = std::move(summary);
                        } else {
                          flight->summaries[i] = std::move(status);
                        }
                        if (--flight->awaited > 0) return;
                      }
                      Gathered(flight);
                    });
  }
}

void Dashboards::Gathered(const std::shared_ptr<Flight>& flight) {
  Overview overview;
  overview.set_region(flight->region);
  overview.set_day(flight->day);
  *overview.mutable_as_of() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(
      absl::ToUnixMillis(options_.clock()));
  absl::Status last;
  for (size_t i = 0; i < flight->sources.size(); ++i) {
    auto& summary = flight->summaries[i];
    if (!summary.ok()) {
      last = summary.status();
      if (IsRefusal(last)) return Fail(flight, last);
      overview.add_partial(flight->sources[i]);
      continue;
    }
    for (auto& cell : *summary->mutable_cells()) overview.add_cells()->Swap(&cell);
    FeedPosition& position = *overview.add_positions();
    position.set_service(flight->sources[i]);
    position.set_epoch(summary->epoch());
    position.set_position(summary->position());
  }
  if (overview.positions().empty() && !last.ok()) return Fail(flight, last);
  Land(flight, std::move(overview), true);
}

void Dashboards::Land(const std::shared_ptr<Flight>& flight, Overview overview, bool share) {
  auto json = ToJson(overview);
  if (!json.ok()) return Fail(flight, absl::InternalError(json.status().message()));
  auto dashboard =
      std::make_shared<Dashboard>(flight->sources, std::move(overview), *std::move(json));
  dashboard->valid_until = flight->day_end;
  if (share && dashboard->overview.partial().empty()) {
    std::string shared = SharedKey(flight->key, flight->day);
    for (const FeedPosition& position : dashboard->overview.positions()) {
      AppendPosition(position.epoch(), position.position(), shared);
    }
    redis_.Set(std::move(shared), dashboard->overview.SerializeAsString(), kSharedTime);
  }
  std::vector<Shown> waiting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (kept_.size() >= kMostKept) kept_.clear();
    kept_[flight->key] = dashboard;
    waiting = std::move(waiting_[flight->flight_key]);
    waiting_.erase(flight->flight_key);
  }
  for (const Shown& shown : waiting) shown(dashboard);
}

void Dashboards::Fail(const std::shared_ptr<Flight>& flight, const absl::Status& status) {
  std::vector<Shown> waiting;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    waiting = std::move(waiting_[flight->flight_key]);
    waiting_.erase(flight->flight_key);
  }
  for (const Shown& shown : waiting) shown(status);
}

}  // namespace lucid::gateway
