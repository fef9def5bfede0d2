// What a replica says of its health, and how it goes: its callers turn to another one before it
// stops to answer.
#include <atomic>
#include <future>
#include <thread>

#include "door.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "services/base/events.h"
#include "services/base/streams.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/running_service.h"
#include "tests/testing/temp_dir.h"

namespace lucid {
namespace {

using test::v1::Note;

// Answers, and counts what it answered.
class EchoService final : public test::v1::DoorService::CallbackService {
 public:
  using Service = test::v1::DoorService;
  EchoService(Door& door, std::atomic<int>& answered) : door_(door), answered_(answered) {}
  RPC(Hold, Note, Note);

 private:
  Door& door_;
  std::atomic<int>& answered_;
};

absl::StatusOr<Note> EchoService::Hold(const Call&, const Note& note) {
  ++answered_;
  return note;
}

class Replica {
 public:
  explicit Replica(absl::Duration drain_delay, std::string db = "") {
    if (db.empty()) db = absl::StrCat("sqlite:", dir_.File("door.db"));
    ServiceSpec spec;
    spec.name = "door";
    spec.descriptor = Note::descriptor()->file()->FindServiceByName("DoorService");
    spec.make = [this](Server& server) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
      return std::make_unique<EchoService>(server.door(), answered);
    };
    ServerOptions options;
    options.drain_delay = drain_delay;
    service_ = std::make_unique<RunningService>(spec, db, options);
  }
  std::string address() const { return service_->address(); }
  // Whether health says so of what a probe asks for.
  bool Serves(absl::string_view what) {
    // grpc.health.v1: field 1 of the request is the name, field 1 of the answer is SERVING.
    const std::string name =
        what.empty() ? ""
                     : absl::StrCat("\n", std::string(1, static_cast<char>(what.size())), what);
    const grpc::Slice slice(name.data(), name.size());
    grpc::ByteBuffer request(&slice, 1), response;
    grpc::ClientContext context;
    std::promise<bool> serves;
    grpc::GenericStub(service_->channel())
        .UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                   [&](const grpc::Status& status) {
                     grpc::Slice answer;
                     serves.set_value(status.ok() && response.DumpToSingleSlice(&answer).ok() &&
                                      answer.size() == 2 && answer.begin()[1] == 1);
                   });
    return serves.get_future().get();
  }
  EventFeed& feed() { return service_->server().feed(); }
  void Drain() { service_.reset(); }

  std::atomic<int> answered = 0;

 private:
  TempDir dir_;
  std::unique_ptr<RunningService> service_;
};

// Calls without a pause from several threads until told to stop.
class Callers {
 public:
  explicit Callers(const std::string& addresses)
      : stub_(test::v1::DoorService::NewStub(Transport().To(addresses))) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this] { Run(); });
  }
  int Stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    return failed_;
  }

 private:
  void Run() {
    while (!stopping_) {
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
      Note note;
      const grpc::Status status = stub_->Hold(&context, Note(), &note);
      if (status.ok()) continue;
      ++failed_;
      ADD_FAILURE() << status.error_code() << " " << status.error_message();
    }
  }

  std::unique_ptr<test::v1::DoorService::Stub> stub_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> failed_ = 0;
  std::vector<std::thread> threads_;
};

TEST(DrainTest, CallersOfTwoReplicasDoNotNoticeThatOneGoes) {
  Replica going(absl::Seconds(1)), staying(absl::ZeroDuration());
  Callers callers(absl::StrCat("ipv4:", going.address(), ",", staying.address()));
  while (going.answered < 10 || staying.answered < 10) continue;
  going.Drain();
  const int by_then = staying.answered;
  while (staying.answered < by_then + 10) continue;
  EXPECT_EQ(callers.Stop(), 0);
}

TEST(HealthTest, LivenessDoesNotFollowTheDatabaseAndReadinessDoes) {
  PostgresServer postgres;
  Replica replica(absl::ZeroDuration(), postgres.url());
  EXPECT_TRUE(replica.Serves("") && replica.Serves("live"));
  postgres.Stop();
  while (replica.Serves("")) continue;
  EXPECT_TRUE(replica.Serves("live"));
  postgres.Start();
  while (!replica.Serves("")) continue;
  EXPECT_TRUE(replica.Serves("live"));
}

TEST(DrainTest, WatchersOfTheFeedAreSentOn) {
  Replica replica(absl::ZeroDuration());
  std::atomic<int> woken = 0;
  EXPECT_NE(replica.feed().WhenBeyond(100, [&] { ++woken; }), 0);
  replica.feed().EndStreams();
  EXPECT_EQ(woken, 1);
  EventSource source(replica.feed(), Call(), {});
  events::v1::ListEventsResponse response;
  EXPECT_EQ(Reason(source.Next(response, [] {}).status()), "DRAINING");
}

}  // namespace
}  // namespace lucid
