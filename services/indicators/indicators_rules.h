// What may be recorded: the shape of indicators, sites, registers and items. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/board.pb.h"
#include "lucid/indicators/v1/indicator.pb.h"
#include "lucid/indicators/v1/register.pb.h"
#include "lucid/indicators/v1/site.pb.h"
#include "services/indicators/indicators_observation_rules.h"
#include "services/indicators/indicators_standards.h"

namespace lucid::indicators {

// INVALID_ARGUMENT with every violation of the shape. The rules of a kind must be there, and those
// of other kinds must not.
absl::Status CheckIndicator(const v1::Indicator& indicator);
// The most indicators of a board, and of one evaluation of several.
inline constexpr int kMostOnBoard = 100;
absl::Status CheckBoard(const v1::Board& board);
// INVALID_ARGUMENT for what the indicator wants of standards and the recorded editions do not have.
absl::Status CheckEditionsKnown(const v1::Indicator& indicator, absl::Span<const Edition> editions);
absl::Status CheckSite(const v1::Site& site);
absl::Status CheckRegister(const v1::Register& record);
absl::Status CheckItem(const v1::RegisterItem& item, const v1::Register& record,
                       absl::CivilDay today);

// FAILED_PRECONDITION, reason FALL_NEEDS_EXPLANATION, when the change makes a total fall and its
// note says nothing new.
absl::Status CheckItemChange(const v1::RegisterItem& before, const v1::RegisterItem& after);

// The smallest region in which both lie.
std::string CommonRegion(absl::string_view a, absl::string_view b);

}  // namespace lucid::indicators
