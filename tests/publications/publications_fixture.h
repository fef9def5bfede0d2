// The fixture of the publications service: handlers on every engine, with owners of figures that
// are programs of their own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lucid/cases/v1/cases_service.grpc.pb.h"
#include "lucid/tasks/v1/task.pb.h"
#include "lucid/tasks/v1/tasks_service.grpc.pb.h"
#include "services/publications/publications_service.h"
#include "services/publications/publications_store.h"
#include "services/publications/task_closures.h"
#include "tests/publications/fake_owner.h"
#include "tests/testing/registry.h"
#include "tests/testing/service_test.h"

namespace lucid::publications {

using v1::Publication;

// The day of the calls.
inline constexpr absl::CivilDay kToday(2024, 9, 18);

class PublicationsTest : public ServiceTest {
 protected:
  PublicationsTest() : ServiceTest("publications", Migrations(), {RecordTypeOf<Publication>()}) {
    service_ = std::make_unique<PublicationsService>(
        door(), db(), feed(), jobs_, RegistryWith(db(), {}),
        std::vector<FigureOwner>{tasks_.AsOwner(), cases_.AsOwner()});
    tasks_.Set("F01", "16", "次");
    cases_.Set("F05", "23", "件");
  }

  Call As(std::string subject, Role role, std::string region = "210400") {
    Call call = CallAs({role}, std::move(region));
    call.actor.subject = std::move(subject);
    call.today = today_;
    call.token = "the-token";
    return call;
  }
  Call Office() { return As("wang", access::v1::OFFICE); }
  Call Publisher() { return As("zhao", access::v1::PUBLISHER); }
  Call Everybody() { return As("", access::v1::PUBLIC, ""); }
  Call Own() { return As("service:publications", access::v1::SERVICE, ""); }

  static v1::CreatePublicationRequest Request() {
    v1::CreatePublicationRequest request;
    Publication& draft = *request.mutable_publication();
    draft.set_region("210400");
    draft.set_kind(Publication::RESULT);
    draft.set_title("整改落实情况");
    draft.set_body("会议{{figure F01}},线索{{figure F05}}。");
    for (std::string key : {"F01", "F05"}) {
      auto& figure = *draft.add_figures();
      figure.set_key(key);
      figure.mutable_query()->set_figure(key);
    }
    return request;
  }

  Publication Created() {
    auto created = service_->CreatePublication(Office(), Request());
    EXPECT_OK(created);
    return created.value_or(Publication());
  }
  template <class Request>
  static Request Of(const std::string& id) {
    Request request;
    request.set_id(id);
    return request;
  }
  absl::StatusOr<Publication> Freeze(const std::string& id) {
    return service_->FreezePublication(Office(), Of<v1::FreezePublicationRequest>(id));
  }
  absl::StatusOr<Publication> Submit(const std::string& id) {
    return service_->SubmitPublication(Office(), Of<v1::SubmitPublicationRequest>(id));
  }
  absl::StatusOr<Publication> Approve(const std::string& id) {
    return service_->ApprovePublication(Publisher(), Of<v1::ApprovePublicationRequest>(id));
  }
  absl::StatusOr<Publication> Release(const std::string& id) {
    return service_->ReleasePublication(Publisher(), Of<v1::ReleasePublicationRequest>(id));
  }
  absl::StatusOr<Publication> Withdraw(const std::string& id) {
    auto request = Of<v1::WithdrawPublicationRequest>(id);
    request.set_explanation("数据有误");
    return service_->WithdrawPublication(Publisher(), request);
  }
  absl::StatusOr<v1::PublicPublication> Shown(const std::string& id) {
    return service_->GetPublicPublication(Everybody(), Of<v1::GetPublicPublicationRequest>(id));
  }
  Publication Stored(const std::string& id) {
    auto found = db().Read([&](Tx& tx) { return Find<Publication>(tx, id); });
    EXPECT_OK(found);
    return found.value_or(Publication());
  }
  Publication Released() {
    std::string id = Created().id();
    EXPECT_OK(Freeze(id));
    EXPECT_OK(Submit(id));
    EXPECT_OK(Approve(id));
    auto released = Release(id);
    EXPECT_OK(released);
    return released.value_or(Publication());
  }

  absl::Status Happens(const tasks::v1::Task& task, const std::string& actor = "liu") {
    events::v1::Event event;
    event.set_collection("tasks");
    event.set_record_id(task.id());
    event.set_actor(actor);
    event.mutable_record()->PackFrom(task);
    return db().Write([&](Tx& tx) { return OnTaskEvent(tx, Own(), event); });
  }
  static tasks::v1::Task Task(tasks::v1::Closure::State state, int round = 1) {
    tasks::v1::Task task;
    task.set_id("task-1");
    task.set_region("210411");
    task.set_title("城区污水处理厂扩建");
    task.set_goal("出水达标");
    task.mutable_closure()->set_state(state);
    task.mutable_closure()->set_round(round);
    return task;
  }

  FakeOwner<tasks::v1::TasksService> tasks_{"tasks"};
  FakeOwner<cases::v1::CasesService> cases_{"cases"};
  absl::Time job_time_ = absl::FromUnixSeconds(1'800'000'000);
  Jobs jobs_{db(), [this] { return Own(); }, [this] { return job_time_; }};
  std::unique_ptr<PublicationsService> service_;
  absl::CivilDay today_ = kToday;
};
}  // namespace lucid::publications
