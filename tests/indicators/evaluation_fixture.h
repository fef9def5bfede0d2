// What tests of evaluations ask the service.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {

class EvaluationFixture : public IndicatorsFixture {
 protected:
  absl::StatusOr<v1::Indicator> Formula(const std::string& id, const std::string& unit,
                                        const std::string& expression,
                                        const std::string& more = "") {
    return Indicator(absl::StrCat("id: '", id, "' name: '", id, "' unit: '", unit,
                                  "' decimals: 1 kind: FORMULA formula { expression: '", expression,
                                  "' } ", more));
  }
  absl::StatusOr<v1::Indicator> ChangeFormula(const std::string& id,
                                              const std::string& expression) {
    return service_.UpdateIndicator(
        CallAsOffice(), From<v1::UpdateIndicatorRequest>(
                            absl::StrCat("indicator { id: '", id, "' formula { expression: '",
                                         expression, "' } } update_mask { paths: 'formula' }")));
  }
  // A capacity with its history.
  void Gauge(const std::string& id, const std::string& unit,
             const std::vector<std::pair<std::string, std::string>>& history) {
    ASSERT_OK(
        Indicator(absl::StrCat("id: '", id, "' name: '", id, "' unit: '", unit, "' kind: GAUGE")));
    std::vector<std::string> observations;
    for (const auto& [day, value] : history) {
      observations.push_back(absl::StrCat("indicator_id: '", id,
                                          "' factor: 'value' length: INSTANT start: '", day,
                                          "T09:00' value: '", value, "' unit: '", unit, "'"));
    }
    if (observations.empty()) return;
    ASSERT_OK(Observe(observations));
  }
  absl::StatusOr<v1::BatchEvaluateIndicatorsResponse> Batch(const std::string& text,
                                                            const Call& call = CallAsOffice()) {
    return service_.BatchEvaluateIndicators(call, From<v1::BatchEvaluateIndicatorsRequest>(text));
  }
  absl::StatusOr<v1::IndicatorSeries> Series(const std::string& text) {
    return service_.GetIndicatorSeries(CallAsOffice(), From<v1::GetIndicatorSeriesRequest>(text));
  }
  static std::vector<std::string> ValuesOf(const absl::StatusOr<v1::IndicatorSeries>& series) {
    std::vector<std::string> values;
    if (!series.ok()) return {std::string(series.status().message())};
    for (const auto& point : series->points()) values.push_back(point.value());
    return values;
  }
};

}  // namespace lucid::indicators
