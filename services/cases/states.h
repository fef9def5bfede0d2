// What the rules of petitions and of accountability share: what states and sources mean for
// counting, and how long texts may be.
#pragma once

#include "lucid/cases/v1/accountability.pb.h"
#include "lucid/cases/v1/petition.pb.h"

namespace lucid::cases {

// Code points that a text, and a reason, may have.
inline constexpr size_t kLongestText = 20000;
inline constexpr size_t kLongestReason = 2000;

// 未办结: still to be dealt with.
inline bool IsPending(v1::Petition::State state) {
  return state == v1::Petition::RECEIVED || state == v1::Petition::OPEN ||
         state == v1::Petition::REOPENED;
}

// Closed for good: moving on from CLOSED to ACCEPTED changes no rate.
inline bool IsClosed(v1::Petition::State state) {
  return state == v1::Petition::CLOSED || state == v1::Petition::ACCEPTED;
}

// 交办: valid and not merged; what the closing rates divide by, where it is no objection.
inline bool IsHandedOver(v1::Petition::State state) {
  return state == v1::Petition::OPEN || state == v1::Petition::REOPENED ||
         state == v1::Petition::STAGE_CLOSED || IsClosed(state);
}

// 移交: a clue of this source was handed over by an inspection team; F05 and F06 count those.
inline bool IsFromInspection(v1::Clue::Source source) {
  return source == v1::Clue::CENTRAL || source == v1::Clue::PROVINCIAL;
}

}  // namespace lucid::cases
