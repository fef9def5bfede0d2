#include "services/base/events.h"

#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "services/base/access.h"
#include "services/base/id.h"
#include "services/base/log.h"
#include "services/base/page.h"
#include "services/base/region.h"
#include "services/base/timestamps.h"

namespace lucid {
namespace {

using google::protobuf::Message;

constexpr absl::string_view kMigrations[] = {
    "CREATE TABLE feed (id BIGINT PRIMARY KEY, epoch TEXT NOT NULL)",
    "CREATE TABLE events ("
    " seq BIGSERIAL PRIMARY KEY, pos BIGINT, time BIGINT NOT NULL, kind TEXT NOT NULL,"
    " collection TEXT NOT NULL, record_id TEXT NOT NULL, record_version BIGINT NOT NULL,"
    " region TEXT NOT NULL, actor TEXT NOT NULL, actor_unit TEXT NOT NULL,"
    " request_id TEXT NOT NULL, body BLOB NOT NULL, tallies TEXT NOT NULL)",
    "CREATE UNIQUE INDEX events_pos ON events (pos)",
    "CREATE INDEX events_pending ON events (seq) WHERE pos IS NULL",
    "CREATE INDEX events_record ON events (record_id, record_version)",
    "CREATE TABLE tallies (name TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL,"
    " day TEXT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (name, region, key, day))",
    "CREATE TABLE requests (key TEXT PRIMARY KEY, hash TEXT NOT NULL, time BIGINT NOT NULL,"
    " events TEXT NOT NULL)",
    "CREATE INDEX requests_time ON requests (time)",
    "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL)",
    "CREATE TABLE cursors (name TEXT PRIMARY KEY, epoch TEXT NOT NULL, pos BIGINT NOT NULL)",
    "CREATE TABLE unit_scopes (collection TEXT NOT NULL, unit_id TEXT NOT NULL,"
    " id TEXT NOT NULL, PRIMARY KEY (collection, unit_id, id))",
    "CREATE TABLE jobs (id TEXT PRIMARY KEY, version BIGINT NOT NULL, region TEXT NOT NULL,"
    " kind TEXT NOT NULL, state BIGINT NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE job_work (id TEXT PRIMARY KEY, kind TEXT NOT NULL, ready_time BIGINT NOT NULL,"
    " holder TEXT NOT NULL, attempts BIGINT NOT NULL, crashes BIGINT NOT NULL,"
    " subject TEXT NOT NULL, roles TEXT NOT NULL, unit_id TEXT NOT NULL, region TEXT NOT NULL,"
    " method TEXT NOT NULL, payload BLOB NOT NULL, cursor BLOB NOT NULL)",
    "CREATE INDEX job_work_ready ON job_work (ready_time)",
};

constexpr absl::Duration kPoll = absl::Milliseconds(20);
constexpr absl::Duration kRetryLease = absl::Seconds(1);

// Contributions to the counts, summed: (name, region, key, day) → amount.
using Deltas = std::map<std::tuple<std::string, std::string, std::string, std::string>, int64_t>;

void AddTallies(const Table& table, const Message& record, int64_t sign, Deltas& deltas) {
  for (Tally& tally : table.tallies(record)) {
    deltas[{tally.name, tally.region, tally.key, tally.day}] += sign * tally.amount;
  }
}

// One line per contribution; its fields, which hold no control characters, separated by tabs.
std::string WriteDeltas(const Deltas& deltas) {
  std::string text;
  for (const auto& [key, amount] : deltas) {
    if (amount == 0) continue;
    const auto& [name, region, what, day] = key;
    absl::StrAppend(&text, name, "\t", region, "\t", what, "\t", day, "\t", amount, "\n");
  }
  return text;
}

absl::Status ReadDeltas(absl::string_view text, Deltas& deltas) {
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    std::vector<std::string> fields = absl::StrSplit(line, '\t');
    int64_t amount = 0;
    if (fields.size() != 5 || !absl::SimpleAtoi(fields[4], &amount)) {
      return absl::InternalError("an event's tallies cannot be read");
    }
    deltas[{fields[0], fields[1], fields[2], fields[3]}] += amount;
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Head(Tx& tx) {
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT COALESCE(MAX(pos), 0) FROM events"));
  return rows.Int(0, 0);
}

std::string MethodName(absl::string_view full) {
  return std::string(full.substr(full.rfind('.') + 1));
}

bool Selected(const events::v1::ListEventsRequest& request, absl::string_view kind) {
  if (request.kinds().empty()) return true;
  return absl::c_any_of(request.kinds(), [&](absl::string_view wanted) {
    if (absl::EndsWith(wanted, ".*")) {
      return absl::StartsWith(kind, wanted.substr(0, wanted.size() - 1));
    }
    return kind == wanted;
  });
}

}  // namespace

absl::Status RecordEvent(Tx& tx, const Call& call, const Table& table, const Message* before,
                         const Message& record) {
  const auto* descriptor = record.GetDescriptor();
  const auto* reflection = record.GetReflection();
  Deltas deltas;
  if (table.tallies) {
    if (before != nullptr) AddTallies(table, *before, -1, deltas);
    AddTallies(table, record, 1, deltas);
  }
  std::string body;
  if (HasFieldRules(*descriptor)) {
    std::unique_ptr<Message> open(record.New());
    open->CopyFrom(record);
    ClearConfidential(*open);
    body = open->SerializeAsString();
  } else {
    body = record.SerializeAsString();
  }
  ASSIGN_OR_RETURN(
      Rows rows,
      tx.Run("INSERT INTO events (time, kind, collection, record_id, record_version, region, actor,"
             " actor_unit, request_id, body, tallies)"
             " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING seq",
             {absl::ToUnixMicros(call.now), absl::StrCat(table.name, ".", MethodName(call.method)),
              table.name, reflection->GetString(record, descriptor->FindFieldByName("id")),
              reflection->GetInt64(record, descriptor->FindFieldByName("version")),
              ResourceAccess::For(*descriptor).RegionOf(record), call.actor.subject,
              call.actor.unit, call.request_id, Blob{std::move(body)}, WriteDeltas(deltas)}));
  tx.AddEvent(rows.Int(0, 0));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SettleEvents(Tx& tx) {
  while (true) {
    ASSIGN_OR_RETURN(
        Rows rows, tx.Run("WITH pending AS (SELECT seq AS number, ROW_NUMBER() OVER (ORDER BY seq)"
                          " + (SELECT COALESCE(MAX(pos), 0) FROM events) AS next"
                          " FROM events WHERE pos IS NULL ORDER BY seq LIMIT 1000)"
                          " UPDATE events SET pos = pending.next FROM pending"
                          " WHERE events.seq = pending.number RETURNING tallies"));
    if (rows.empty()) return Head(tx);
    Deltas deltas;
    for (size_t i = 0; i < rows.size(); ++i) RETURN_IF_ERROR(ReadDeltas(rows.Text(i, 0), deltas));
    for (const auto& [key, amount] : deltas) {
      if (amount == 0) continue;
      const auto& [name, region, what, day] = key;
      RETURN_IF_ERROR(tx.Run("INSERT INTO tallies (name, region, key, day, count)"
                             " VALUES ($1, $2, $3, $4, $5)"
                             " ON CONFLICT (name, region, key, day)"
                             " DO UPDATE SET count = tallies.count + excluded.count",
                             {name, region, what, day, amount})
                          .status());
    }
  }
}

absl::StatusOr<std::vector<TallyRow>> ReadTallies(Tx& tx, absl::string_view name,
                                                  absl::string_view region) {
  auto [low, high] = RegionRange(region);
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT key, day, CAST(SUM(count) AS BIGINT) FROM tallies"
                                     " WHERE name = $1 AND region >= $2 AND region < $3"
                                     " GROUP BY key, day ORDER BY key, day",
                                     {std::string(name), low, high}));
  std::vector<TallyRow> tallies(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    tallies[i] = {rows.Text(i, 0), rows.Text(i, 1), rows.Int(i, 2)};
  }
  return tallies;
}

absl::Status CheckTallies(Tx& tx, absl::Span<const RecordType> types) {
  Deltas counted;
  for (const RecordType& type : types) {
    if (!type.table->tallies) continue;
    std::unique_ptr<Message> record(type.prototype->New());
    std::string after;
    while (true) {
      ASSIGN_OR_RETURN(Rows rows, tx.Run(absl::StrCat("SELECT id, body FROM ", type.table->name,
                                                      " WHERE id > $1 ORDER BY id LIMIT 1000"),
                                         {after}));
      for (size_t i = 0; i < rows.size(); ++i) {
        if (!record->ParseFromString(rows.Bytes(i, 1))) {
          return absl::DataLossError(
              absl::StrCat(type.table->name, "/", rows.Text(i, 0), " cannot be read"));
        }
        AddTallies(*type.table, *record, 1, counted);
        after = rows.Text(i, 0);
      }
      if (rows.empty()) break;
    }
  }
  ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT name, region, key, day, count FROM tallies"));
  for (size_t i = 0; i < rows.size(); ++i) {
    counted[{rows.Text(i, 0), rows.Text(i, 1), rows.Text(i, 2), rows.Text(i, 3)}] -= rows.Int(i, 4);
  }
  for (const auto& [key, difference] : counted) {
    if (difference == 0) continue;
    const auto& [name, region, what, day] = key;
    return absl::DataLossError(
        absl::StrCat("tally ", name, " ", region, " ", what, " ", day, " is off by ", difference));
  }
  return absl::OkStatus();
}

absl::Status EventFeed::Migrate(Db& db) {
  RETURN_IF_ERROR(lucid::Migrate(db, "base", kMigrations));
  return db.Write([](Tx& tx) {
    return tx
        .Run("INSERT INTO feed (id, epoch) VALUES (1, $1) ON CONFLICT (id) DO NOTHING",
             {NewId(absl::Now())})
        .status();
  });
}

absl::Status EventFeed::StartEpoch(Db& db) {
  return db.Write([](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Run("DELETE FROM leases").status());
    return tx.Run("UPDATE feed SET epoch = $1 WHERE id = 1", {NewId(absl::Now())}).status();
  });
}

EventFeed::EventFeed(Db& db, absl::Span<const RecordType> types) : db_(db), lease_("settler") {
  for (const RecordType& type : types) types_[type.table->name] = type.prototype;
  if (db_.embedded()) {
    db_.SetSettler([this](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(settled_, SettleEvents(tx));
      return absl::OkStatus();
    });
    db_.SetAfterCommit([this] { Publish(settled_); });
    absl::StatusOr<int64_t> head = db_.Read(Head);
    if (head.ok()) Publish(*head);
  } else {
    db_.SetAfterCommit([this] {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        wake_ = true;
      }
      woken_.notify_one();
    });
    thread_ = std::thread([this] { Run(); });
  }
}

EventFeed::~EventFeed() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
  db_.SetAfterCommit(nullptr);
  db_.SetSettler(nullptr);
}

// PostgreSQL: looks for pending events when a commit here wakes it, and every now and then for
// the commits of other replicas.
void EventFeed::Run() {
  absl::Time try_again = absl::InfinitePast();
  while (true) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      woken_.wait_for(lock, absl::ToChronoMilliseconds(kPoll),
                      [this] { return wake_ || stopping_; });
      if (stopping_) break;
      wake_ = false;
    }
    bool pending = false;
    absl::StatusOr<int64_t> head = db_.Read([&](Tx& tx) -> absl::StatusOr<int64_t> {
      ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT 1 FROM events WHERE pos IS NULL LIMIT 1"));
      pending = !rows.empty();
      return Head(tx);
    });
    if (head.ok() && pending && absl::Now() >= try_again) {
      bool held = false;
      head = db_.Settle([&](Tx& tx) -> absl::StatusOr<int64_t> {
        ASSIGN_OR_RETURN(held, lease_.Hold(tx, absl::Now()));
        if (!held) return Head(tx);
        return SettleEvents(tx);
      });
      if (head.ok() && !held) try_again = absl::Now() + kRetryLease;
    }
    if (head.ok()) Publish(*head);
  }
  // Another replica takes over at once instead of after the expiry.
  (void)db_.Settle([this](Tx& tx) { return lease_.Release(tx); });
}

void EventFeed::EndStreams() {
  std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  for (auto& [number, wait] : waits_) wait.wake();
  waits_.clear();
}

bool EventFeed::ended() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return ended_;
}

void EventFeed::Publish(int64_t head) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (head <= head_) return;
  head_ = head;
  for (auto it = waits_.begin(); it != waits_.end();) {
    if (it->second.position < head_) {
      it->second.wake();
      it = waits_.erase(it);
    } else {
      ++it;
    }
  }
}

int64_t EventFeed::head() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return head_;
}

int64_t EventFeed::WhenBeyond(int64_t position, std::function<void()> wake) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (head_ > position || ended_) {
    wake();
    return 0;
  }
  waits_[++last_wait_] = {position, std::move(wake)};
  return last_wait_;
}

void EventFeed::Forget(int64_t wait) {
  std::lock_guard<std::mutex> lock(mutex_);
  waits_.erase(wait);
}

EventSource::EventSource(EventFeed& feed, Call call, events::v1::ListEventsRequest request)
    : feed_(feed), call_(std::move(call)), request_(std::move(request)) {}

EventSource::~EventSource() { feed_.Forget(wait_); }

absl::StatusOr<Step> EventSource::Next(events::v1::ListEventsResponse& response,
                                       std::function<void()> wake) {
  if (feed_.ended()) {
    return Fail(absl::StatusCode::kUnavailable, "DRAINING",
                "the service is stopping; go on at another replica");
  }
  if (feed_.head() > request_.after()) {
    ASSIGN_OR_RETURN(response, feed_.List(call_, request_));
    request_.set_epoch(response.epoch());
    if (response.position() > request_.after()) {
      request_.set_after(response.position());
      return Step::kSend;
    }
  }
  wait_ = feed_.WhenBeyond(request_.after(), std::move(wake));
  return Step::kWait;
}

absl::StatusOr<std::string> EventFeed::Epoch() {
  return db_.Read([](Tx& tx) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(Rows rows, tx.Run("SELECT epoch FROM feed WHERE id = 1"));
    return rows.Text(0, 0);
  });
}

absl::StatusOr<events::v1::ListEventsResponse> EventFeed::List(
    const Call& call, const events::v1::ListEventsRequest& request) {
  ASSIGN_OR_RETURN(int64_t limit, PageSize(request.page_size()));
  if (request.after() < 0) return InvalidField("after", "must not be negative");
  return db_.Read([&](Tx& tx) -> absl::StatusOr<events::v1::ListEventsResponse> {
    events::v1::ListEventsResponse response;
    ASSIGN_OR_RETURN(Rows feed, tx.Run("SELECT epoch FROM feed WHERE id = 1"));
    response.set_epoch(feed.Text(0, 0));
    if (!request.epoch().empty() && request.epoch() != response.epoch()) {
      return Fail(absl::StatusCode::kFailedPrecondition, "EPOCH_CHANGED",
                  "the feed was restored from a backup; read it again from the beginning",
                  {{"epoch", response.epoch()}});
    }
    ASSIGN_OR_RETURN(int64_t head, Head(tx));
    response.set_last_position(head);
    response.set_position(std::min(request.after(), head));
    ASSIGN_OR_RETURN(
        Rows rows,
        tx.Run("SELECT pos, time, kind, collection, record_id, record_version, region, actor,"
               " actor_unit, request_id, body FROM events WHERE pos > $1 ORDER BY pos LIMIT $2",
               {request.after(), limit}));
    for (size_t i = 0; i < rows.size(); ++i) {
      response.set_position(rows.Int(i, 0));
      auto type = types_.find(rows.Text(i, 3));
      if (type == types_.end() || !Selected(request, rows.Text(i, 2))) continue;
      std::unique_ptr<Message> record(type->second->New());
      if (!record->ParseFromString(rows.Bytes(i, 10))) {
        return absl::DataLossError(absl::StrCat("event ", rows.Int(i, 0), " cannot be read"));
      }
      if (!ResourceAccess::For(*record->GetDescriptor()).MaySee(call.actor, *record)) continue;
      events::v1::Event& event = *response.add_events();
      event.set_epoch(response.epoch());
      event.set_position(rows.Int(i, 0));
      *event.mutable_time() = ToTimestamp(absl::FromUnixMicros(rows.Int(i, 1)));
      event.set_kind(rows.Text(i, 2));
      event.set_collection(rows.Text(i, 3));
      event.set_record_id(rows.Text(i, 4));
      event.set_record_version(rows.Int(i, 5));
      event.set_region(rows.Text(i, 6));
      event.set_actor(rows.Text(i, 7));
      event.set_actor_unit(rows.Text(i, 8));
      event.set_request_id(rows.Text(i, 9));
      event.mutable_record()->PackFrom(*record);
    }
    return response;
  });
}

}  // namespace lucid
