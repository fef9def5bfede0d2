// What spreadsheet programs store as numbers, as the text that they show; for sheet_xlsx.cc.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace lucid {

// A stored number at the 15 digits that spreadsheet programs show, without an exponent:
// 35.299999999999997 is 35.3. What is no number, or a very large or small one, stays as it is.
std::string ShownNumber(absl::string_view stored);

// A stored number of days as a day, or as a time where it is no whole day, to the minute; counted
// from 1899-12-30, or 1904-01-01. Stays as it is where that is none.
std::string ShownTime(absl::string_view stored, bool from_1904);

// Whether a number format shows dates or times: "yyyy/m/d h:mm", but not "0.00" or "#,##0".
bool ShowsTime(absl::string_view format);

}  // namespace lucid
