// The door: what every method of every service shares.
#include <condition_variable>
#include <mutex>

#include "door.grpc.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/base/rpc.h"
#include "services/base/status.h"
#include "services/base/streams.h"
#include "tests/testing/issuer.h"
#include "tests/testing/matchers.h"

namespace lucid {
namespace {

using test::v1::Note;

class DoorService final : public test::v1::DoorService::CallbackService {
 public:
  using Service = test::v1::DoorService;
  explicit DoorService(Door& door) : door_(door) {}

  RPC(Echo, Note, Note);
  RPC(Hold, Note, Note);
  RPC_SERVER_STREAM(Count, Note, Note);
  RPC_STREAM(Talk, Note, Note);

  // Until then, Hold does not answer.
  void Release() {
    std::lock_guard<std::mutex> lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  // Lets one stream go on: the one that waits with `wake`, or else the next that asks.
  void Wake() {
    std::function<void()> wake;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++woken_;
      wake = std::exchange(wake_, nullptr);
    }
    if (wake) wake();
  }
  bool Await(std::function<void()> wake) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (woken_ > 0) return woken_-- > 0;
    wake_ = std::move(wake);
    changed_.notify_all();
    return false;
  }
  void WaitForWaiting() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return wake_ != nullptr; });
  }
  void WaitForHolding(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return holding_ >= count; });
  }

 private:
  Door& door_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  int holding_ = 0;
  int woken_ = 0;
  std::function<void()> wake_;
};

absl::StatusOr<Note> DoorService::Echo(const Call& call, const Note& note) {
  if (note.text() == "fail") return absl::InternalError("the password is 123456");
  Note answer = note;
  if (note.text() == "hash") answer.set_text(call.request_hash);
  return answer;
}

absl::StatusOr<Note> DoorService::Hold(const Call&, const Note& note) {
  std::unique_lock<std::mutex> lock(mutex_);
  ++holding_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return released_; });
  return note;
}

// Sends a note, and another whenever the test lets it.
class CountSource final : public Source<Note> {
 public:
  explicit CountSource(DoorService& service) : service_(service) {}

  absl::StatusOr<Step> Next(Note& note, std::function<void()> wake) override {
    if (sent_ > 0 && !service_.Await(std::move(wake))) return Step::kWait;
    note.set_text(absl::StrCat(++sent_));
    return Step::kSend;
  }

 private:
  DoorService& service_;
  int sent_ = 0;
};

absl::StatusOr<std::unique_ptr<Source<Note>>> DoorService::Count(const Call&, const Note&) {
  return std::make_unique<CountSource>(*this);
}

// Takes two notes a step, and the word "hold" only when the test lets it.
class TalkExchange final : public Exchange<Note, Note> {
 public:
  explicit TalkExchange(DoorService& service) : service_(service) {}

  absl::Status Take(const Call& call, std::deque<Note>& arrived, Note& response) override {
    for (int taken = 0; taken < 2 && !arrived.empty(); ++taken) {
      if (arrived.front().text().empty()) return InvalidField("text", "is required");
      if (arrived.front().text() == "hold") RETURN_IF_ERROR(service_.Hold(call, {}).status());
      joined_ += arrived.front().text();
      arrived.pop_front();
    }
    response.set_text(joined_);
    response.set_secret("s");
    return absl::OkStatus();
  }

 private:
  DoorService& service_;
  std::string joined_;
};

absl::StatusOr<std::unique_ptr<Exchange<Note, Note>>> DoorService::Talk(const Call&) {
  return std::make_unique<TalkExchange>(*this);
}

const google::protobuf::ServiceDescriptor& Descriptor(const char* name) {
  return *google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
}

class DoorTest : public ::testing::Test {
 protected:
  DoorTest()
      : tokens_(issuer_.Verifier()),
        workers_(2, 2),
        door_(*tokens_, workers_, [this] { return now_.load(); }),
        service_(door_) {
    EXPECT_OK(door_.Admit(Descriptor("lucid.test.v1.DoorService")));
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = test::v1::DoorService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  ~DoorTest() override {
    service_.Release();
    server_->Shutdown();
    server_->Wait();
  }

  void Authorize(grpc::ClientContext& context, const char* role) {
    context.AddMetadata(
        "authorization",
        absl::StrCat("Bearer ", issuer_.Token({.roles = {role}, .region = "210400"}, absl::Now())));
  }

  absl::StatusOr<Note> Echo(const Note& note, const char* role = "OFFICE") {
    grpc::ClientContext context;
    if (*role != '\0') Authorize(context, role);
    Note answer;
    RETURN_IF_ERROR(FromGrpc(stub_->Echo(&context, note, &answer)));
    return answer;
  }

  std::atomic<absl::Time> now_ = absl::Now();
  testing::TestIssuer issuer_;
  std::unique_ptr<TokenVerifier> tokens_;
  Workers workers_;
  Door door_;
  DoorService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<test::v1::DoorService::Stub> stub_;
};

TEST_F(DoorTest, AMethodWithoutARuleIsNotAdmitted) {
  EXPECT_THAT(door_.Admit(Descriptor("lucid.test.v1.UnruledService")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(DoorTest, WhoMayNotReadAFieldDoesNotGetItAtAnyDepth) {
  Note note;
  note.set_secret("a");
  note.add_notes()->set_secret("b");
  note.mutable_notes(0)->set_text("c");
  EXPECT_EQ(Echo(note)->notes(0).secret(), "b");
  absl::StatusOr<Note> seen = Echo(note, "LEADER");
  ASSERT_OK(seen);
  EXPECT_EQ(seen->secret(), "");
  EXPECT_EQ(seen->notes(0).secret(), "");
  EXPECT_EQ(seen->notes(0).text(), "c");
}

TEST_F(DoorTest, AnInternalFailureTellsTheCallerNothing) {
  Note note;
  note.set_text("fail");
  absl::Status status = Echo(note).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(status.message(), "internal error");
}

TEST_F(DoorTest, TheWrongRoleAndNoRoleAreRefusedDifferently) {
  EXPECT_THAT(Echo({}, "UNIT"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Echo({}, ""), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(DoorTest, TheSameRequestHasTheSameHashWhateverTheOrderOfItsMaps) {
  Note first, second;
  for (Note* note : {&first, &second}) {
    note->set_text("hash");
    note->set_request_id("r");
  }
  for (int i = 0; i < 50; ++i) {
    (*first.mutable_words()->mutable_by_name())[absl::StrCat(i)] = "x";
    (*second.mutable_words()->mutable_by_name())[absl::StrCat(49 - i)] = "x";
  }
  EXPECT_EQ(Echo(first)->text(), Echo(second)->text());
  (*second.mutable_words()->mutable_by_name())["7"] = "y";
  EXPECT_NE(Echo(first)->text(), Echo(second)->text());
}

TEST_F(DoorTest, AnOverlongRequestIdIsNamed) {
  Note note;
  note.set_request_id(std::string(129, 'x'));
  EXPECT_THAT(Echo(note), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(DoorTest, WhatTheQueueDoesNotTakeIsUnavailableAtOnce) {
  struct Held {
    grpc::ClientContext context;
    Note answer;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Note>> reader;
    grpc::Status status;
  };
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Held>> held;
  const auto start = [&] {
    held.push_back(std::make_unique<Held>());
    held.back()->reader = stub_->AsyncHold(&held.back()->context, {}, &queue);
    held.back()->reader->Finish(&held.back()->answer, &held.back()->status, held.back().get());
  };
  // Two run, two wait; of the rest each is refused while these hold.
  start();
  start();
  service_.WaitForHolding(2);
  for (int i = 0; i < 4; ++i) start();
  void* tag = nullptr;
  bool ok = false;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(queue.Next(&tag, &ok));
    const auto& status = static_cast<Held*>(tag)->status;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(FromGrpc(status), HasReason("OVERLOADED"));
  }
  service_.Release();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_TRUE(static_cast<Held*>(tag)->status.ok());
  }
}

TEST_F(DoorTest, AStreamGoesOnWhileItsTokenIsGood) {
  grpc::ClientContext context;
  Authorize(context, "OFFICE");
  auto reader = stub_->Count(&context, Note());
  Note note;
  ASSERT_TRUE(reader->Read(&note));
  service_.Wake();
  ASSERT_TRUE(reader->Read(&note));
  EXPECT_EQ(note.text(), "2");
  service_.WaitForWaiting();
  now_ = absl::Now() + absl::Hours(24);
  service_.Wake();
  EXPECT_FALSE(reader->Read(&note));
  EXPECT_THAT(FromGrpc(reader->Finish()), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(DoorTest, ANumberThatIsNoValueOfItsEnumerationIsRefused) {
  Note note;
  note.add_notes();
  note.add_notes()->set_step(static_cast<Note::Step>(2));
  EXPECT_EQ(Echo(note).status().code(), absl::StatusCode::kOk);
  note.mutable_notes(1)->set_step(static_cast<Note::Step>(99));
  const absl::Status status = Echo(note).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("notes[1].step"));
}

// Answers of a stream until one says `text`.
bool ReadUntil(grpc::ClientReaderWriter<Note, Note>& stream, const std::string& text) {
  Note answer;
  while (stream.Read(&answer)) {
    if (answer.text() == text) return true;
  }
  return false;
}

Note Saying(const std::string& text) {
  Note note;
  note.set_text(text);
  return note;
}

TEST_F(DoorTest, AStreamIsAnsweredWhileItGoesOn) {
  grpc::ClientContext context;
  Authorize(context, "OFFICE");
  auto stream = stub_->Talk(&context);
  ASSERT_TRUE(stream->Write(Saying("绿")));
  EXPECT_TRUE(ReadUntil(*stream, "绿"));
  for (const char* text : {"水", "青", "山"}) ASSERT_TRUE(stream->Write(Saying(text)));
  stream->WritesDone();
  EXPECT_TRUE(ReadUntil(*stream, "绿水青山"));
  EXPECT_OK(FromGrpc(stream->Finish()));
}

TEST_F(DoorTest, WhatArrivesDuringAStepIsTakenInTheNextOnes) {
  grpc::ClientContext context;
  Authorize(context, "OFFICE");
  auto stream = stub_->Talk(&context);
  ASSERT_TRUE(stream->Write(Saying("hold")));
  service_.WaitForHolding(1);
  std::string all = "hold";
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(stream->Write(Saying(std::to_string(i))));
    all += std::to_string(i);
  }
  service_.Release();
  EXPECT_TRUE(ReadUntil(*stream, all));
  stream->WritesDone();
  EXPECT_OK(FromGrpc(stream->Finish()));
}

TEST_F(DoorTest, AnIdleStreamHoldsNoWorker) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<Note, Note>>> streams;
  for (int i = 0; i < 8; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    Authorize(*contexts.back(), "OFFICE");
    streams.push_back(stub_->Talk(contexts.back().get()));
    ASSERT_TRUE(streams.back()->Write(Saying("绿")));
    EXPECT_TRUE(ReadUntil(*streams.back(), "绿"));
  }
  EXPECT_OK(Echo(Saying("水")));
  for (auto& context : contexts) context->TryCancel();
  for (auto& stream : streams) {
    EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kCancelled));
  }
}

TEST_F(DoorTest, ABadMessageEndsAStreamWithItsViolation) {
  grpc::ClientContext context;
  Authorize(context, "OFFICE");
  auto stream = stub_->Talk(&context);
  stream->Write({});
  Note answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(DoorTest, AStreamOfAStrangerIsRefused) {
  grpc::ClientContext context;
  Authorize(context, "LEADER");
  auto stream = stub_->Talk(&context);
  Note answer;
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_THAT(FromGrpc(stream->Finish()), StatusIs(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace lucid
