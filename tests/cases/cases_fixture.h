// The cases service under test, with the people who use it.
#pragma once

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cases/cases_service.h"
#include "services/cases/cases_store.h"
#include "tests/testing/matchers.h"
#include "tests/testing/registry.h"
#include "tests/testing/service_test.h"

namespace lucid::cases {

inline std::string TestMasterKey() { return std::string(32, 'k'); }

class CasesServiceTest : public ServiceTest {
 protected:
  CasesServiceTest()
      : ServiceTest("cases", Migrations(), Records()),
        service_(door(), db(), feed(), RegistryWith(db(), {"u-1", "u-2"}),
                 PetitionSecrets({TestMasterKey()}), absl::FixedTimeZone(8 * 3600)) {}

  static Call Named(Call call, std::string subject) {
    call.actor.subject = std::move(subject);
    return call;
  }
  // Two people of the petition office, one of the handling unit, one of discipline.
  static Call Clerk() { return Named(CallAs({access::v1::PETITIONS}), "li"); }
  static Call Chief() { return Named(CallAs({access::v1::PETITIONS}), "zhao"); }
  static Call Handler() { return Named(CallAs({access::v1::UNIT}, "210400", "u-1"), "wang"); }
  static Call Discipline() { return Named(CallAs({access::v1::DISCIPLINE}), "chen"); }
  static Call Office() { return Named(CallAsOffice(), "sun"); }

  static v1::Petition NewPetition(const std::string& id) {
    v1::Petition petition;
    petition.set_id(id);
    petition.set_owner_region("210400");
    petition.set_number("No " + id);
    petition.set_channel(v1::Petition::PHONE);
    petition.add_pollution_types(v1::Petition::AIR);
    petition.set_text(kText);
    petition.mutable_petitioner()->set_name(kName);
    petition.mutable_petitioner()->set_phone(kPhone);
    petition.set_summary("某厂夜间排放异味");
    return petition;
  }

  absl::StatusOr<v1::Petition> Create(const v1::Petition& petition, const Call& call = Clerk()) {
    v1::CreatePetitionRequest request;
    *request.mutable_petition() = petition;
    return service_.CreatePetition(call, request);
  }

  absl::StatusOr<v1::Petition> Get(const std::string& id, const Call& call = Clerk()) {
    v1::GetPetitionRequest request;
    request.set_id(id);
    return service_.GetPetition(call, request);
  }

  absl::StatusOr<v1::Petition> Assign(const std::string& id, const std::string& unit = "u-1") {
    v1::AssignPetitionRequest request;
    request.set_id(id);
    request.set_unit_id(unit);
    return service_.AssignPetition(Clerk(), request);
  }

  absl::StatusOr<v1::Petition> Investigate(const std::string& id, const Call& call = Handler(),
                                           const std::string& basis = "现场核实") {
    v1::InvestigatePetitionRequest request;
    request.set_id(id);
    request.set_finding(v1::Petition::PARTLY_TRUE);
    request.set_finding_basis(basis);
    v1::Disposition& fine = *request.add_dispositions();
    fine.set_kind(v1::Disposition::FINE);
    fine.set_count("50000.00");
    return service_.InvestigatePetition(call, request);
  }

  absl::StatusOr<v1::Petition> Finish(const std::string& id, const Call& call = Clerk()) {
    v1::ClosePetitionRequest request;
    request.set_id(id);
    return service_.ClosePetition(call, request);
  }

  absl::StatusOr<v1::RevealPetitionerResponse> Reveal(const std::string& id,
                                                      const Call& call = Clerk()) {
    v1::RevealPetitionerRequest request;
    request.set_id(id);
    request.set_reason(kReason);
    return service_.RevealPetitioner(call, request);
  }

  absl::StatusOr<v1::Petition> Erase(const std::string& id) {
    v1::ErasePetitionerRequest request;
    request.set_id(id);
    request.set_reason("本人要求");
    return service_.ErasePetitioner(Chief(), request);
  }

  std::string Cell(const std::string& name, const types::v1::SummarizeRequest& request = {}) {
    auto summary = service_.Summarize(Office(), request);
    EXPECT_OK(summary);
    for (const auto& cell : summary->cells()) {
      if (cell.name() == name) return cell.value();
    }
    return "absent";
  }

  static constexpr char kName[] = "慕容雪松";
  static constexpr char kPhone[] = "13812345678";
  static constexpr char kText[] = "我叫慕容雪松,住和平路一号,夜里气味刺鼻。";
  static constexpr char kReason[] = "电话回访慕容雪松";

  CasesService service_;
};

}  // namespace lucid::cases
