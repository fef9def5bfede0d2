#include "services/indicators/indicators_standards.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/calendar.h"
#include "services/base/status.h"
#include "services/indicators/indicators_standard_tables.h"

namespace lucid::indicators {
namespace {

absl::StatusOr<std::optional<Decimal>> ReadBound(const std::string& text) {
  if (text.empty()) return std::optional<Decimal>();
  ASSIGN_OR_RETURN(Decimal bound, Decimal::Parse(text));
  return std::optional<Decimal>(bound);
}

absl::StatusOr<Limit> ReadLimit(const v1::Limit& limit) {
  Limit read{limit.factor(), limit.averaging(), limit.grade(), {}, {}, limit.unit()};
  ASSIGN_OR_RETURN(read.at_least, ReadBound(limit.at_least()));
  ASSIGN_OR_RETURN(read.at_most, ReadBound(limit.at_most()));
  if (!limit.body().empty() && !v1::WaterQuality::Body_Parse(limit.body(), &read.body)) {
    return InvalidField("body", "must be RIVER or LAKE");
  }
  read.instead_of = limit.instead_of();
  return read;
}

}  // namespace

absl::StatusOr<Edition> ReadEdition(const v1::Standard& standard) {
  Edition edition;
  edition.id = standard.id();
  edition.version = standard.version();
  edition.name = standard.name();
  edition.edition = standard.edition();
  ASSIGN_OR_RETURN(edition.from, ParseDay(standard.from_day()));
  if (!standard.to_day().empty()) {
    ASSIGN_OR_RETURN(edition.to, ParseDay(standard.to_day()));
  }
  edition.method = standard.method();
  edition.limits.reserve(standard.limits_size());
  for (const v1::Limit& limit : standard.limits()) {
    ASSIGN_OR_RETURN(Limit read, ReadLimit(limit));
    edition.limits.push_back(std::move(read));
  }
  for (const v1::Breakpoints& breakpoints : standard.breakpoints()) {
    ASSIGN_OR_RETURN(Breakpoints read, ReadBreakpoints(breakpoints));
    edition.breakpoints.push_back(std::move(read));
  }
  edition.air_statistics = ReadAirStatistics(standard);
  return edition;
}

const std::vector<Edition>& Editions() {
  static const auto& editions = *[] {
    auto* read = new std::vector<Edition>;
    for (const v1::Standard& standard : BuiltInStandards()) {
      read->push_back(ReadEdition(standard).value());
    }
    return read;
  }();
  return editions;
}

absl::StatusOr<const Edition*> FindEdition(absl::string_view name, absl::CivilDay day,
                                           absl::string_view edition,
                                           absl::Span<const Edition> editions) {
  const Edition* nearest = nullptr;
  for (const Edition& candidate : editions) {
    if (candidate.name != name || (!edition.empty() && candidate.edition != edition)) continue;
    const bool begun = candidate.from <= day;
    if (begun && (!candidate.to || day <= *candidate.to)) return &candidate;
    if (nearest == nullptr || begun) nearest = &candidate;
  }
  if (!edition.empty() && nearest != nullptr) return nearest;
  return Fail(absl::StatusCode::kNotFound, "NO_STANDARD",
              absl::StrCat("no edition of ", name, edition.empty() ? "" : "-", edition,
                           " is known to be in force on ", FormatDay(day)));
}

const Limit* FindLimit(const Edition& edition, absl::string_view factor,
                       v1::Limit::Averaging averaging, absl::string_view grade,
                       v1::WaterQuality::Body body) {
  // A section that does not say what it lies in is a river's.
  if (body == v1::WaterQuality::BODY_UNSPECIFIED) body = v1::WaterQuality::RIVER;
  auto found = std::find_if(edition.limits.begin(), edition.limits.end(), [&](const Limit& limit) {
    return limit.factor == factor && limit.averaging == averaging && limit.grade == grade &&
           (limit.body == body || limit.body == v1::WaterQuality::BODY_UNSPECIFIED);
  });
  return found == edition.limits.end() ? nullptr : &*found;
}

const Breakpoints* FindBreakpoints(const Edition& edition, absl::string_view factor) {
  auto found = std::find_if(edition.breakpoints.begin(), edition.breakpoints.end(),
                            [&](const Breakpoints& row) { return row.factor == factor; });
  return found == edition.breakpoints.end() ? nullptr : &*found;
}

const AirStatistics& AirStatisticsOn(absl::CivilDay day, absl::Span<const Edition> editions) {
  const Edition* found = nullptr;
  for (const Edition& edition : editions) {
    if (edition.name != kStatisticsStandard) continue;
    if (found == nullptr || edition.from <= day) found = &edition;
  }
  // A database begins with one and loses none.
  return found != nullptr ? found->air_statistics : AirStatisticsOn(day);
}

const AirStatistics& LatestAirStatistics() { return AirStatisticsOn((absl::CivilDay::max)()); }

bool Complies(const Limit& limit, v1::Standard::Method method, const Ratio& value) {
  auto compared = [&](const Decimal& bound) -> Ratio {
    if (method != v1::Standard::ROUNDED_VALUE) return value;
    absl::StatusOr<Decimal> rounded = value.Round(bound.scale());
    return rounded.ok() ? Ratio(*rounded) : value;
  };
  if (limit.at_least && compared(*limit.at_least) < Ratio(*limit.at_least)) return false;
  return !limit.at_most || compared(*limit.at_most) <= Ratio(*limit.at_most);
}

std::string Describe(const Edition& edition, const Limit& limit) {
  static constexpr absl::string_view kAveraging[] = {"", " 年平均", " 24小时平均", " 1小时平均",
                                                     " 日最大8小时平均"};
  const bool air = limit.averaging != v1::Limit::AVERAGING_UNSPECIFIED;
  std::string grade = air ? (limit.grade == "I" ? "一级" : "二级") : limit.grade + "类";
  std::string text = absl::StrCat(edition.label(), " ", grade, kAveraging[limit.averaging]);
  if (limit.at_least) absl::StrAppend(&text, " ≥ ", limit.at_least->ToString());
  if (limit.at_most) absl::StrAppend(&text, " ≤ ", limit.at_most->ToString());
  return absl::StrCat(text, " ", limit.unit);
}

}  // namespace lucid::indicators
