// The texts of records: how long they may be, and document numbers, which are written many ways.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "services/base/status.h"

namespace lucid {

// Adds a violation of `field` where `text` has more than `longest` characters (code points), and
// where it is absent but `required`.
void CheckText(FieldErrors& errors, absl::string_view field, absl::string_view text, size_t longest,
               bool required);

// Adds a violation of `field` where a list has more than `most` elements.
void CheckCount(FieldErrors& errors, absl::string_view field, int count, int most);

// The form in which document numbers 文号 are compared: full-width letters and digits become ASCII,
// every kind of bracket around the year becomes 〔 〕, spaces and invisible characters go.
// "抚委发 [２０２３] 5 号" is "抚委发〔2023〕5号". Letters keep their case, other characters stay.
std::string NormaliseDocumentNumber(absl::string_view text);

}  // namespace lucid
