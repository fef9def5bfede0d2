// What may be recorded as a standard or a factor set. Pure functions.
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lucid/indicators/v1/standard.pb.h"

namespace lucid::indicators {

// INVALID_ARGUMENT with every violation: no source, name, method or first day; limits of factors
// that are not declared, in another unit than the factor's, with no number, twice for one cell, or
// such that a better grade would permit what a worse one does not.
absl::Status CheckStandard(const v1::Standard& standard);
absl::Status CheckFactorSet(const v1::FactorSet& set);

// FAILED_PRECONDITION, reason OVERLAPS, where another record of the same name holds on one of its
// days.
absl::Status CheckApart(const v1::Standard& standard, absl::Span<const v1::Standard> recorded);
absl::Status CheckApart(const v1::FactorSet& set, absl::Span<const v1::FactorSet> recorded);

// FAILED_PRECONDITION, reason CORRECTION_NEEDS_REASON, unless the note says something new.
absl::Status CheckChange(const v1::Standard& before, const v1::Standard& after);
absl::Status CheckChange(const v1::FactorSet& before, const v1::FactorSet& after);

// Puts each limit in the place of the one of its factor, averaging, grade and body, or adds it.
void CorrectLimits(const google::protobuf::RepeatedPtrField<v1::Limit>& corrections,
                   v1::Standard& standard);

}  // namespace lucid::indicators
