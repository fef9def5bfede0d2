#include "services/publications/checks.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/base/decimal.h"
#include "services/base/privacy.h"
#include "services/publications/references.h"

namespace lucid::publications {
namespace {

using v1::Check;

Check Result(Check::Rule rule, absl::string_view key, bool passed, absl::string_view message) {
  Check check;
  check.set_rule(rule);
  check.set_key(std::string(key));
  check.set_passed(passed);
  check.set_message(std::string(message));
  return check;
}

// Whether the value satisfies the bound; a bound or value that cannot be read does not.
bool Satisfies(absl::string_view value, absl::string_view bound) {
  bool at_least = absl::ConsumePrefix(&bound, ">");
  if (!at_least && !absl::ConsumePrefix(&bound, "<")) return false;
  bool or_equal = absl::ConsumePrefix(&bound, "=");
  absl::StatusOr<Decimal> limit = Decimal::Parse(bound), number = Decimal::Parse(value);
  if (!limit.ok() || !number.ok()) return false;
  if (*number == *limit) return or_equal;
  return at_least ? *number > *limit : *number < *limit;
}

void CheckFrozen(const v1::Publication& publication, std::vector<Check>& checks) {
  std::vector<std::string> missing;
  for (const auto& figure : publication.figures()) {
    if (!figure.has_frozen() || figure.frozen().value().empty()) missing.push_back(figure.key());
  }
  bool frozen = publication.has_freeze_time() && missing.empty();
  checks.push_back(Result(
      Check::FROZEN, "", frozen,
      frozen            ? "every figure is frozen"
      : missing.empty() ? "the text has not been frozen"
                        : absl::StrCat("without a frozen value: ", absl::StrJoin(missing, ", "))));
}

void CheckFigure(const v1::PublicationFigure& figure, std::vector<Check>& checks) {
  const figures::v1::Figure& frozen = figure.frozen();
  if (!frozen.bound().empty()) {
    bool satisfied = Satisfies(frozen.value(), frozen.bound());
    checks.push_back(Result(
        Check::BOUND, figure.key(), satisfied,
        absl::StrCat(frozen.value(), satisfied ? " satisfies " : " breaks ", frozen.bound())));
  }
  if (!frozen.verdict().empty()) {
    checks.push_back(Result(Check::VERDICT, figure.key(), frozen.verdict() == "MET",
                            absl::StrCat(frozen.verdict(), frozen.standard().empty() ? "" : " by ",
                                         frozen.standard())));
  }
}

void CheckWording(const v1::Publication& publication, std::vector<Check>& checks) {
  std::set<std::string> referred;
  std::vector<std::string> units, typed, unused;
  for (const auto& figure : publication.figures()) {
    if (!figure.frozen().unit().empty()) units.push_back(figure.frozen().unit());
  }
  for (const Piece& piece : ParseBody(publication.body()).pieces) {
    if (!piece.key.empty()) {
      referred.insert(piece.key);
      continue;
    }
    for (std::string& number : TypedNumbers(piece.text, units)) typed.push_back(std::move(number));
  }
  for (const auto& figure : publication.figures()) {
    if (referred.count(figure.key()) == 0) unused.push_back(figure.key());
  }
  checks.push_back(Result(
      Check::TYPED_NUMBER, "", typed.empty(),
      typed.empty() ? "no number is typed" : absl::StrCat("typed: ", absl::StrJoin(typed, ", "))));
  checks.push_back(Result(Check::REFERRED, "", unused.empty(),
                          unused.empty()
                              ? "every figure is referred to"
                              : absl::StrCat("not referred to: ", absl::StrJoin(unused, ", "))));
}

void CheckPrivacy(const v1::Publication& publication, std::vector<Check>& checks) {
  absl::string_view found = FindPersonalNumber(publication.title());
  if (found.empty()) found = FindPersonalNumber(RenderBody(publication));
  checks.push_back(Result(
      Check::PRIVACY, "", found.empty(),
      found.empty() ? "nobody is named by a number" : absl::StrCat("the text holds ", found)));
}

}  // namespace

bool IsWaivable(Check::Rule rule) { return rule != Check::FROZEN && rule != Check::PRIVACY; }

std::vector<std::string> TypedNumbers(absl::string_view text,
                                      const std::vector<std::string>& units) {
  std::vector<std::string> typed;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!absl::ascii_isdigit(text[i])) continue;
    size_t begin = i;
    while (i < text.size() && (absl::ascii_isdigit(text[i]) || text[i] == '.')) ++i;
    absl::string_view before = text.substr(0, begin);
    bool in_word = begin > 0 && absl::ascii_isalpha(text[begin - 1]);
    if (in_word || absl::EndsWith(before, "第")) continue;
    absl::string_view after = absl::StripLeadingAsciiWhitespace(text.substr(i));
    for (const std::string& unit : units) {
      if (!absl::StartsWith(after, unit)) continue;
      typed.push_back(absl::StrCat(text.substr(begin, i - begin), unit));
      break;
    }
  }
  return typed;
}

std::vector<Check> RunChecks(const v1::Publication& publication) {
  std::vector<Check> checks;
  CheckFrozen(publication, checks);
  for (const auto& figure : publication.figures()) {
    if (figure.has_frozen()) CheckFigure(figure, checks);
  }
  CheckWording(publication, checks);
  CheckPrivacy(publication, checks);
  for (Check& check : checks) {
    for (const v1::Waiver& waiver : publication.waivers()) {
      if (waiver.rule() == check.rule() && waiver.key() == check.key() &&
          IsWaivable(check.rule())) {
        check.set_waiver(waiver.reason());
      }
    }
  }
  return checks;
}

}  // namespace lucid::publications
