// What a database begins with: the standards and factor sets that the program knows, each with its
// source and its days in force. Later they are records, corrected and added to by the API.
#pragma once

#include <vector>

#include "lucid/indicators/v1/standard.pb.h"

namespace lucid::indicators {

// The editions of standards, by name and first day.
std::vector<v1::Standard> BuiltInStandards();

// The factor sets, by id.
std::vector<v1::FactorSet> BuiltInFactorSets();

}  // namespace lucid::indicators
