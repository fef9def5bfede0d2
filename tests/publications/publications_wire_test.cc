// The publications service as a server: through gRPC, with real tokens, following a tasks service.
#include <condition_variable>
#include <map>
#include <vector>

#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "lucid/indicators/v1/indicators_service.grpc.pb.h"
#include "lucid/publications/v1/publications_service.grpc.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/publications/publications_spec.h"
#include "tests/publications/fake_owner.h"
#include "tests/testing/issuer.h"
#include "tests/testing/matchers.h"

namespace lucid::publications {
namespace {

using v1::Publication;

constexpr absl::Duration kPatience = absl::Seconds(30);

// The tasks service, with a feed that goes on as the test says.
class FakeTasks : public FakeOwner<tasks::v1::TasksService> {
 public:
  FakeTasks() : FakeOwner("tasks") {}
  ~FakeTasks() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    Stop();
  }

  void Emit(const tasks::v1::Task& task) {
    std::lock_guard<std::mutex> lock(mutex_);
    events::v1::Event& event = feed_.emplace_back();
    event.set_position(static_cast<int64_t>(feed_.size()));
    event.set_collection("tasks");
    event.set_record_id(task.id());
    event.set_actor("liu");
    event.mutable_record()->PackFrom(task);
    changed_.notify_all();
  }

  grpc::Status WatchEvents(grpc::ServerContext* context,
                           const events::v1::ListEventsRequest* request,
                           grpc::ServerWriter<events::v1::ListEventsResponse>* writer) override {
    size_t sent = request->after();
    std::unique_lock<std::mutex> lock(mutex_);
    while (!context->IsCancelled() && !stopping_) {
      if (sent == feed_.size()) {
        changed_.wait_for(lock, std::chrono::milliseconds(20));
        continue;
      }
      events::v1::ListEventsResponse page;
      page.set_epoch("one");
      for (; sent < feed_.size(); ++sent) *page.add_events() = feed_[sent];
      page.set_position(static_cast<int64_t>(sent));
      if (!writer->Write(page)) break;
    }
    return grpc::Status::OK;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<events::v1::Event> feed_;
  bool stopping_ = false;
};

class PublicationsWireTest : public ::testing::Test {
 protected:
  PublicationsWireTest() {
    tasks_.Set("F01", "16", "次");
    Start();
  }

  void Start() {
    ServerOptions options;
    options.db = "sqlite:" + folder_.File("publications.db");
    options.workers = 4;
    options.peers = {{"tasks", tasks_.address()},
                     {"indicators", indicators_.address()},
                     {"cases", cases_.address()}};
    options.tokens = issuer_.Verifier();
    options.signer =
        *TokenSigner::Create("publications", "lucid", issuer_.service_key_path(), false);
    auto server = Server::Start(PublicationsSpec(), std::move(options));
    ASSERT_OK(server);
    server_ = *std::move(server);
    stub_ = v1::PublicationsService::NewStub(grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials()));
  }

  std::string Token(std::string role, std::string subject) {
    return issuer_.Token({.roles = {std::move(role)}, .region = "210400", .subject = subject},
                         absl::Now());
  }
  // One call with a token, or without.
  template <class Request, class Response>
  absl::StatusOr<Response> Do(grpc::Status (v1::PublicationsService::Stub::*method)(
                                  grpc::ClientContext*, const Request&, Response*),
                              const std::string& token, const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    Response response;
    absl::Status status = FromGrpc((stub_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }
  // Reads the service's own feed until it has so many events.
  std::vector<events::v1::Event> Events(size_t count) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    context.AddMetadata("authorization", "Bearer " + Token("OFFICE", "wang"));
    auto reader = stub_->WatchEvents(&context, {});
    std::vector<events::v1::Event> events;
    events::v1::ListEventsResponse page;
    while (events.size() < count && reader->Read(&page)) {
      events.insert(events.end(), page.events().begin(), page.events().end());
    }
    context.TryCancel();
    reader->Finish();
    return events;
  }
  static tasks::v1::Task Reviewed(const std::string& id) {
    tasks::v1::Task task;
    task.set_id(id);
    task.set_region("210411");
    task.set_title("填埋场渗滤液收集");
    task.mutable_closure()->set_state(tasks::v1::Closure::REVIEWED);
    task.mutable_closure()->set_round(1);
    return task;
  }

  TempDir folder_;
  testing::TestIssuer issuer_;
  FakeTasks tasks_;
  FakeOwner<indicators::v1::IndicatorsService> indicators_{"indicators"};
  FakeOwner<cases::v1::CasesService> cases_{"cases"};
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::PublicationsService::Stub> stub_;
};

TEST_F(PublicationsWireTest, WithoutATokenOnlyTheReleasesAreRead) {
  auto shown = Do(&v1::PublicationsService::Stub::ListPublicPublications, "",
                  v1::ListPublicPublicationsRequest());
  EXPECT_OK(shown);
  auto listed =
      Do(&v1::PublicationsService::Stub::ListPublications, "", v1::ListPublicationsRequest());
  EXPECT_THAT(listed, StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(PublicationsWireTest, OfficeDraftsAndPublisherReleasesWithTheUsersTokenAtTheOwners) {
  const std::string office = Token("OFFICE", "wang"), publisher = Token("PUBLISHER", "zhao");
  v1::CreatePublicationRequest draft;
  draft.mutable_publication()->set_region("210400");
  draft.mutable_publication()->set_kind(Publication::RESULT);
  draft.mutable_publication()->set_title("整改落实情况");
  draft.mutable_publication()->set_body("会议{{figure F01}}。");
  auto& figure = *draft.mutable_publication()->add_figures();
  figure.set_key("F01");
  figure.mutable_query()->set_figure("F01");
  EXPECT_THAT(Do(&v1::PublicationsService::Stub::CreatePublication, publisher, draft),
              StatusIs(absl::StatusCode::kPermissionDenied));
  auto created = Do(&v1::PublicationsService::Stub::CreatePublication, office, draft);
  ASSERT_OK(created);

  v1::FreezePublicationRequest freeze;
  freeze.set_id(created->id());
  ASSERT_OK(Do(&v1::PublicationsService::Stub::FreezePublication, office, freeze));
  EXPECT_EQ(tasks_.authorization(), "Bearer " + office);
  v1::SubmitPublicationRequest submit;
  submit.set_id(created->id());
  ASSERT_OK(Do(&v1::PublicationsService::Stub::SubmitPublication, office, submit));
  v1::ApprovePublicationRequest approve;
  approve.set_id(created->id());
  ASSERT_OK(Do(&v1::PublicationsService::Stub::ApprovePublication, publisher, approve));
  v1::ReleasePublicationRequest release;
  release.set_id(created->id());
  ASSERT_OK(Do(&v1::PublicationsService::Stub::ReleasePublication, publisher, release));

  v1::GetPublicPublicationRequest get;
  get.set_id(created->id());
  auto shown = Do(&v1::PublicationsService::Stub::GetPublicPublication, "", get);
  ASSERT_OK(shown);
  EXPECT_EQ(shown->body(), "会议16次。");
}

TEST_F(PublicationsWireTest, AReviewedTaskOpensItsNoticeOnceAlsoAcrossARestart) {
  tasks_.Emit(Reviewed("task-1"));
  std::vector<events::v1::Event> events = Events(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].record_id(), "closure-task-1-1");
  EXPECT_EQ(events[0].actor(), "service:publications");

  server_.reset();
  tasks_.Emit(Reviewed("task-2"));
  Start();
  events = Events(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].record_id(), "closure-task-1-1");
  EXPECT_EQ(events[1].record_id(), "closure-task-2-1");
}

}  // namespace
}  // namespace lucid::publications
