// Events: the audit log, outbox, history and feed of a service in one append-only table.
//
// Writers insert events without a position, in the transaction of the change. The settler stamps
// dense positions, folds the tallies that dashboards read, and wakes the watchers: on SQLite inside
// the writer's own commit, on PostgreSQL by the one replica that holds the lease.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "lucid/events/v1/events.pb.h"
#include "services/base/call.h"
#include "services/base/db.h"
#include "services/base/leases.h"
#include "services/base/records.h"
#include "services/base/streams.h"

namespace lucid {

// Writes the event of a change of `record` (already at its new version) into `tx`, with what the
// change does to the counts. `before` is null for a new record.
absl::Status RecordEvent(Tx& tx, const Call& call, const Table& table,
                         const google::protobuf::Message* before,
                         const google::protobuf::Message& record);

// Stamps all events that have no position yet, in chunks, and folds their tallies; answers the
// newest position.
absl::StatusOr<int64_t> SettleEvents(Tx& tx);

// The sum of what the tallies count, for a dashboard: `region` with everything below it. Rows of
// (key, day, count), where the day decides at read time.
struct TallyRow {
  std::string key;
  std::string day;
  int64_t count = 0;
};
absl::StatusOr<std::vector<TallyRow>> ReadTallies(Tx& tx, absl::string_view name,
                                                  absl::string_view region);

// Recounts the tallies of these tables from their records and compares with what the settler
// folded: DATA_LOSS naming the first difference. Everything must be settled in `tx`'s snapshot.
absl::Status CheckTallies(Tx& tx, absl::Span<const RecordType> types);

// The feed of one service.
class EventFeed {
 public:
  // `types` are the resources whose events the feed carries. Migrate first.
  EventFeed(Db& db, absl::Span<const RecordType> types);
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // Brings the tables of base up to date; the feed and records need them.
  static absl::Status Migrate(Db& db);
  // After a restore: makes cursors from before unusable, and drops this service's own leases.
  static absl::Status StartEpoch(Db& db);

  // Events after the request's cursor that the caller may see, in order.
  absl::StatusOr<events::v1::ListEventsResponse> List(const Call& call,
                                                      const events::v1::ListEventsRequest& request);
  // The newest settled position that this replica knows of.
  int64_t head() const;
  // Calls `wake` once, as soon as the head is beyond `position`; from any thread. The answer names
  // the wait for Forget; 0 when `wake` was called at once.
  int64_t WhenBeyond(int64_t position, std::function<void()> wake);
  // Withdraws a wait; `wake` is not called once this has returned. `wake` itself must not call the
  // feed.
  void Forget(int64_t wait);
  // Ends the streams of watchers, now and from now on: they go on at another replica.
  void EndStreams();
  bool ended() const;
  // The epoch, which a restore renews.
  absl::StatusOr<std::string> Epoch();

 private:
  void Run();
  void Publish(int64_t head);

  Db& db_;
  std::map<std::string, const google::protobuf::Message*> types_;  // by collection
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  int64_t head_ = 0;
  int64_t settled_ = 0;  // by the commit under way on SQLite
  int64_t last_wait_ = 0;
  struct Wait {
    int64_t position;
    std::function<void()> wake;
  };
  std::map<int64_t, Wait> waits_;
  std::string epoch_;
  Lease lease_;
  std::thread thread_;
};

// The live events of one watcher, as a stream of pages.
class EventSource final : public Source<events::v1::ListEventsResponse> {
 public:
  EventSource(EventFeed& feed, Call call, events::v1::ListEventsRequest request);
  ~EventSource() override;
  absl::StatusOr<Step> Next(events::v1::ListEventsResponse& response,
                            std::function<void()> wake) override;

 private:
  EventFeed& feed_;
  Call call_;
  events::v1::ListEventsRequest request_;
  int64_t wait_ = 0;
};

}  // namespace lucid
