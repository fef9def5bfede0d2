// Document numbers, which are written many ways.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace lucid {

// The form in which document numbers 文号 are compared: full-width letters and digits become ASCII,
// every kind of bracket around the year becomes 〔 〕, spaces and invisible characters go.
// "抚委发 [２０２３] 5 号" is "抚委发〔2023〕5号". Letters keep their case, other characters stay.
std::string NormaliseDocumentNumber(absl::string_view text);

}  // namespace lucid
