#include "services/indicators/indicators_standard_rules.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/base/calendar.h"
#include "services/base/decimal.h"
#include "services/base/status.h"
#include "services/base/text.h"
#include "services/indicators/indicators_air_standard_rules.h"
#include "services/indicators/indicators_factors.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {
namespace {

constexpr int kMostText = 500;

// The place of a limit among the others; what stands there is one cell of the standard's table.
auto CellOf(const v1::Limit& limit) {
  return std::tuple(limit.factor(), limit.averaging(), limit.body(), limit.grade());
}

// 1 of the best grade; 0 where it is none.
int RankOf(const std::string& grade) {
  v1::WaterQuality::Class rank;
  const bool known = v1::WaterQuality::Class_Parse(grade, &rank) && rank >= v1::WaterQuality::I &&
                     rank <= v1::WaterQuality::V;
  return known ? static_cast<int>(rank) : 0;
}

std::optional<Decimal> ParsedBound(const std::string& text) {
  absl::StatusOr<Decimal> bound = Decimal::Parse(text);
  return bound.ok() ? std::optional(*bound) : std::nullopt;
}

void CheckLimitBounds(FieldErrors& errors, const std::string& prefix, const v1::Limit& limit,
                      const Factor& factor) {
  CheckDecimal(errors, prefix + "at_least", limit.at_least(), false);
  CheckDecimal(errors, prefix + "at_most", limit.at_most(), false);
  if (limit.at_least().empty() && limit.at_most().empty()) {
    errors.Add(prefix + "at_most", "is required where there is no at_least");
  }
  const std::optional<Decimal> least = ParsedBound(limit.at_least()),
                               most = ParsedBound(limit.at_most());
  if (least && most && *least > *most) {
    errors.Add(prefix + "at_least", "must not be above at_most");
  }
  for (const std::optional<Decimal>& bound : {least, most}) {
    if (bound && bound->sign() < 0 && !factor.may_be_negative) {
      errors.Add(prefix + "at_most", "must not be negative");
    }
  }
}

void CheckLimit(FieldErrors& errors, const std::string& prefix, const v1::Limit& limit) {
  const Factor* factor = FindFactor(limit.factor());
  if (factor == nullptr) {
    errors.Add(prefix + "factor", "is not a declared factor");
    return;
  }
  if (limit.unit() != factor->unit) {
    errors.Add(prefix + "unit", absl::StrCat("must be ", factor->unit, ", the factor's own"));
  }
  const bool air = factor->medium == Medium::kAir;
  const int rank = RankOf(limit.grade());
  if (rank == 0 || (air && rank > 2)) {
    errors.Add(prefix + "grade", air ? "must be I or II" : "must be I … V");
  }
  const bool averaged = limit.averaging() != v1::Limit::AVERAGING_UNSPECIFIED;
  if (air != averaged || !v1::Limit::Averaging_IsValid(limit.averaging())) {
    errors.Add(prefix + "averaging", air ? "is required for air" : "does not belong to water");
  }
  const bool body_known = limit.body() == "RIVER" || limit.body() == "LAKE";
  if (!limit.body().empty() && (air || !body_known)) {
    errors.Add(prefix + "body", "must be RIVER or LAKE, and of water only");
  }
  CheckLimitBounds(errors, prefix, limit, *factor);
}

// What stands for another limit needs one of that grade to stand for.
void CheckInsteadOf(FieldErrors& errors, const std::string& prefix, const v1::Limit& limit,
                    const v1::Standard& standard) {
  if (limit.instead_of().empty()) return;
  const bool known =
      std::any_of(standard.limits().begin(), standard.limits().end(), [&](const v1::Limit& other) {
        return other.factor() == limit.instead_of() && other.factor() != limit.factor() &&
               other.instead_of().empty() && other.grade() == limit.grade();
      });
  if (!known) errors.Add(prefix + "instead_of", "names no other factor with a limit of this grade");
}

// The cells of one factor from the better grade to the worse: none may permit what the next does
// not, and each bounds the same sides.
void CheckMonotone(FieldErrors& errors, const v1::Standard& standard) {
  std::map<std::tuple<std::string, int, std::string>, std::map<int, int>> columns;
  for (int i = 0; i < standard.limits_size(); ++i) {
    const v1::Limit& limit = standard.limits(i);
    columns[{limit.factor(), limit.averaging(), limit.body()}][RankOf(limit.grade())] = i;
  }
  for (const auto& [key, ranks] : columns) {
    for (auto worse = std::next(ranks.begin()); worse != ranks.end(); ++worse) {
      const v1::Limit& a = standard.limits(std::prev(worse)->second);
      const v1::Limit& b = standard.limits(worse->second);
      const std::string prefix = absl::StrCat("limits[", worse->second, "].");
      const auto a_most = ParsedBound(a.at_most()), b_most = ParsedBound(b.at_most());
      const auto a_least = ParsedBound(a.at_least()), b_least = ParsedBound(b.at_least());
      if (a_most.has_value() != b_most.has_value() || (a_most && *b_most < *a_most)) {
        errors.Add(prefix + "at_most",
                   absl::StrCat("must not be stricter than that of grade ", a.grade()));
      }
      if (a_least.has_value() != b_least.has_value() || (a_least && *b_least > *a_least)) {
        errors.Add(prefix + "at_least",
                   absl::StrCat("must not be stricter than that of grade ", a.grade()));
      }
    }
  }
}

void CheckCells(FieldErrors& errors, const v1::Standard& standard) {
  std::set<decltype(CellOf(v1::Limit()))> cells;
  std::set<std::pair<std::string, bool>> by_body;
  for (int i = 0; i < standard.limits_size(); ++i) {
    const v1::Limit& limit = standard.limits(i);
    const std::string prefix = absl::StrCat("limits[", i, "]");
    if (!cells.insert(CellOf(limit)).second) errors.Add(prefix, "is there twice");
    const bool every_body = limit.body().empty();
    by_body.emplace(limit.factor(), every_body);
    if (by_body.contains({limit.factor(), !every_body})) {
      errors.Add(prefix + ".body", "must be given in every limit of this factor or in none");
    }
  }
}

void CheckDaysOf(FieldErrors& errors, const std::string& from, const std::string& to) {
  CheckDay(errors, "from_day", from, true);
  CheckDay(errors, "to_day", to, false);
  if (!from.empty() && !to.empty() && to < from) {
    errors.Add("to_day", "must not come before from_day");
  }
}

// Which standard says what: the index and the statistics of air have tables of their own.
void CheckContents(FieldErrors& errors, const v1::Standard& standard) {
  const bool index = standard.name() == kIndexStandard;
  const bool statistics = standard.name() == kStatisticsStandard;
  const bool limits = !index && !statistics;
  const struct {
    absl::string_view field;
    bool given;
    bool belongs;
  } kContents[] = {
      {"limits", !standard.limits().empty(), limits},
      {"method", standard.method() != v1::Standard::METHOD_UNSPECIFIED, limits},
      {"breakpoints", !standard.breakpoints().empty(), index},
      {"air_validity", standard.has_air_validity(), statistics},
  };
  for (const auto& content : kContents) {
    if (content.belongs && !content.given) errors.Add(content.field, "is required");
    if (!content.belongs && content.given) {
      errors.Add(content.field, absl::StrCat("does not belong to ", standard.name()));
    }
  }
  if (!v1::Standard::Method_IsValid(standard.method())) errors.Add("method", "is not known");
  CheckBreakpoints(errors, standard);
  if (standard.has_air_validity()) CheckAirValidity(errors, standard.air_validity());
}

template <class R>
absl::Status Apart(const R& record, absl::Span<const R> recorded) {
  for (const R& other : recorded) {
    if (other.id() == record.id() || other.name() != record.name()) continue;
    const bool ends_before = !record.to_day().empty() && record.to_day() < other.from_day();
    const bool begins_after = !other.to_day().empty() && other.to_day() < record.from_day();
    if (ends_before || begins_after) continue;
    return Fail(absl::StatusCode::kFailedPrecondition, "OVERLAPS",
                absl::StrCat(record.name(), ": ", other.id(), " holds from ", other.from_day(),
                             other.to_day().empty() ? " on" : " to ", other.to_day(),
                             "; end it first, or choose other days"),
                {{"id", other.id()}});
  }
  return absl::OkStatus();
}

template <class R>
absl::Status Explained(const R& before, const R& after) {
  if (!after.note().empty() && after.note() != before.note()) return absl::OkStatus();
  return Fail(absl::StatusCode::kFailedPrecondition, "CORRECTION_NEEDS_REASON",
              "others are judged by this record; say in a new note why it changes");
}

}  // namespace

absl::Status CheckStandard(const v1::Standard& standard) {
  FieldErrors errors;
  CheckText(errors, "name", standard.name(), kMostText, true);
  CheckText(errors, "edition", standard.edition(), kMostText, true);
  CheckText(errors, "title", standard.title(), kMostText, true);
  CheckText(errors, "source", standard.source(), kMostText, true);
  CheckText(errors, "note", standard.note(), kMostText, false);
  CheckDaysOf(errors, standard.from_day(), standard.to_day());
  CheckContents(errors, standard);
  for (int i = 0; i < standard.limits_size(); ++i) {
    const std::string prefix = absl::StrCat("limits[", i, "].");
    CheckLimit(errors, prefix, standard.limits(i));
    CheckInsteadOf(errors, prefix, standard.limits(i), standard);
  }
  CheckCells(errors, standard);
  if (errors.empty()) CheckMonotone(errors, standard);
  return errors.status();
}

absl::Status CheckFactorSet(const v1::FactorSet& set) {
  FieldErrors errors;
  CheckText(errors, "name", set.name(), kMostText, true);
  CheckText(errors, "source", set.source(), kMostText, true);
  CheckText(errors, "note", set.note(), kMostText, false);
  CheckDaysOf(errors, set.from_day(), set.to_day());
  if (set.factors().empty()) errors.Add("factors", "is required");
  std::set<std::string> seen;
  for (int i = 0; i < set.factors_size(); ++i) {
    const std::string field = absl::StrCat("factors[", i, "]");
    const Factor* factor = FindFactor(set.factors(i));
    if (factor == nullptr || factor->medium != Medium::kWater) {
      errors.Add(field, "is not a declared factor of water");
    }
    if (!seen.insert(set.factors(i)).second) errors.Add(field, "is there twice");
  }
  return errors.status();
}

absl::Status CheckApart(const v1::Standard& standard, absl::Span<const v1::Standard> recorded) {
  return Apart(standard, recorded);
}

absl::Status CheckApart(const v1::FactorSet& set, absl::Span<const v1::FactorSet> recorded) {
  return Apart(set, recorded);
}

absl::Status CheckChange(const v1::Standard& before, const v1::Standard& after) {
  return Explained(before, after);
}

absl::Status CheckChange(const v1::FactorSet& before, const v1::FactorSet& after) {
  return Explained(before, after);
}

void CorrectLimits(const google::protobuf::RepeatedPtrField<v1::Limit>& corrections,
                   v1::Standard& standard) {
  for (const v1::Limit& correction : corrections) {
    auto& limits = *standard.mutable_limits();
    auto place = std::find_if(limits.begin(), limits.end(), [&](const v1::Limit& limit) {
      return CellOf(limit) == CellOf(correction);
    });
    (place == limits.end() ? *limits.Add() : *place) = correction;
  }
}

}  // namespace lucid::indicators
