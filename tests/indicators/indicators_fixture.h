// The indicators service under test, with short ways to write what it takes.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "services/base/calendar.h"
#include "services/base/jobs.h"
#include "services/indicators/indicators_seed.h"
#include "services/indicators/indicators_service.h"
#include "services/indicators/indicators_store.h"
#include "tests/testing/registry.h"
#include "tests/testing/service_test.h"

namespace lucid::indicators {

// A message from its text format.
template <class M>
M From(const std::string& text) {
  M message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
    ADD_FAILURE() << "not a " << message.GetTypeName() << ": " << text;
  }
  return message;
}

class IndicatorsFixture : public ServiceTest {
 protected:
  IndicatorsFixture()
      : ServiceTest("indicators", Migrations(), Records()),
        jobs_(db(), [] { return CallAs({access::v1::SERVICE}, ""); }),
        service_(door(), db(), feed(), jobs_, RegistryWith(db(), {"u", "urban"})) {
    EXPECT_OK(Seed(db(), absl::UnixEpoch()));
  }

  static Call Monitor() { return CallAs({access::v1::MONITOR}); }

  absl::StatusOr<v1::Site> Site(const std::string& text, const Call& call = Monitor()) {
    return service_.CreateSite(call, From<v1::CreateSiteRequest>("site { " + text + " }"));
  }
  absl::StatusOr<v1::Indicator> Indicator(const std::string& text,
                                          const Call& call = CallAsOffice()) {
    return service_.CreateIndicator(
        call, From<v1::CreateIndicatorRequest>("indicator { region: '210400' " + text + " }"));
  }
  absl::StatusOr<v1::Register> Register(const std::string& text,
                                        const Call& call = CallAsOffice()) {
    return service_.CreateRegister(
        call, From<v1::CreateRegisterRequest>("register { region: '210400' " + text + " }"));
  }
  absl::StatusOr<v1::RegisterItem> Item(const std::string& text,
                                        const Call& call = CallAsOffice()) {
    return service_.CreateRegisterItem(
        call, From<v1::CreateRegisterItemRequest>("item { register_id: 'r' " + text + " }"));
  }
  absl::StatusOr<v1::ObservationBatch> Observe(const std::vector<std::string>& observations,
                                               const Call& call = Monitor(),
                                               const std::string& more = "") {
    std::string text = more;
    for (const std::string& one : observations) absl::StrAppend(&text, "observations {", one, "}");
    return service_.BatchCreateObservations(call, From<v1::BatchCreateObservationsRequest>(text));
  }
  static std::string Daily(const std::string& site, const std::string& day,
                           const std::string& value) {
    return absl::StrCat("site_id: '", site, "' factor: 'PM2_5' length: DAY start: '", day,
                        "' value: '", value, "' unit: 'μg/m³'");
  }
  absl::StatusOr<v1::Evaluation> Evaluate(const std::string& text,
                                          const Call& call = CallAsOffice()) {
    return service_.EvaluateIndicator(call, From<v1::EvaluateIndicatorRequest>(text));
  }
  absl::StatusOr<figures::v1::Figure> Figure(const std::string& text,
                                             const std::string& as_of = "2024-09-18") {
    auto response = service_.EvaluateFigures(
        CallAsOffice(),
        From<figures::v1::EvaluateFiguresRequest>(
            "queries { " + text + " } records_page_size: 1000 as_of_day: '" + as_of + "'"));
    if (!response.ok()) return response.status();
    return response->figures(0);
  }
  std::vector<v1::Observation> Listed(const std::string& text, int page_size = 0) {
    auto request = From<v1::ListObservationsRequest>(text);
    request.set_page_size(page_size);
    std::vector<v1::Observation> all;
    for (int pages = 0; pages < 1000; ++pages) {
      auto response = service_.ListObservations(CallAsOffice(), request);
      if (!response.ok()) {
        ADD_FAILURE() << response.status();
        break;
      }
      all.insert(all.end(), response->observations().begin(), response->observations().end());
      if (response->next_page_token().empty()) return all;
      request.set_page_token(response->next_page_token());
    }
    return all;
  }
  // PM2.5 at a station on every day of a year.
  void Year(const std::string& site, int year, const std::string& value) {
    std::vector<std::string> days;
    for (absl::CivilDay day(year, 1, 1); day.year() == year; ++day) {
      days.push_back(Daily(site, FormatDay(day), value));
    }
    ASSERT_OK(Observe(days));
  }

  Jobs jobs_;
  IndicatorsService service_;
};

inline constexpr char kStation[] = "id: 's' region: '210411' name: '顺城站' kind: AIR_STATION";
inline constexpr char kPm25[] =
    "id: 'pm' name: 'PM2.5' unit: 'μg/m³' kind: MEAN factor: 'PM2_5' figure_id: 'F16'"
    " sites { kind: AIR_STATION } standard { name: 'GB 3095' grade: 'II' } headline: true";

}  // namespace lucid::indicators
