// Reads formulas by recursive descent; every error names the character at which it was met.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/base/decimal.h"
#include "services/base/id.h"
#include "services/base/status.h"
#include "services/base/units.h"
#include "services/indicators/indicators_formula_rules.h"

namespace lucid::indicators {
namespace {

using Kind = Expression::Kind;
using Over = Expression::Over;

constexpr int kMostCharacters = 1000;
constexpr int kMostParentheses = 50;  // one in the other
constexpr int kMostDepth = 100;       // of the tree: a + b + c is two deep
constexpr int kMostBack = 120;        // periods
constexpr size_t kLongestUnit = 24;   // bytes

// One character: what it means, and where it stands in the text.
struct Character {
  char32_t meaning;
  size_t byte;
};

// The character that `text` begins with, and how many bytes it has; 0 bytes where it is not UTF-8.
std::pair<char32_t, size_t> Decode(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (size == 0 || size > text.size()) return {0, 0};
  char32_t code = size == 1 ? lead : lead & (0x7F >> size);
  for (size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {0, 0};
    code = (code << 6) | (next & 0x3F);
  }
  return {code, size};
}

// Full-width forms and signs of arithmetic, as ASCII.
char32_t Meaning(char32_t code) {
  if (code >= 0xFF01 && code <= 0xFF5E) return code - 0xFF01 + '!';
  switch (code) {
    case 0x3000:  // full-width space
    case '\t':
    case '\n':
      return ' ';
    case 0x2212:  // −
    case 0x2013:  // –
      return '-';
    case 0xD7:  // ×
      return '*';
    case 0xF7:  // ÷
      return '/';
    case 0x3001:  // 、
      return ',';
    default:
      return code;
  }
}

bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }
bool IsLetter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (c >= 0x370 && c <= 0x3FF) || (c >= 0x3400 && c <= 0x9FFF);
}

const std::pair<absl::string_view, Kind> kFunctions[] = {
    {"min", Kind::kMin}, {"max", Kind::kMax}, {"sum", Kind::kSum}, {"mean", Kind::kMean}};

bool IsReserved(absl::string_view name) {
  return name == "over" || std::any_of(std::begin(kFunctions), std::end(kFunctions),
                                       [&](const auto& f) { return f.first == name; });
}

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<Expression> Parse() {
    RETURN_IF_ERROR(Split());
    ASSIGN_OR_RETURN(Expression expression, Sum(0));
    SkipSpace();
    if (Peek() == '(') return Error("only min, max, sum and mean are functions");
    if (!AtEnd()) return Error("an operator or a unit of measure is expected");
    return expression;
  }

 private:
  bool AtEnd() const { return at_ == characters_.size(); }
  char32_t Peek() const { return AtEnd() ? 0 : characters_[at_].meaning; }
  int Position() const { return static_cast<int>(at_) + 1; }
  void SkipSpace() {
    while (Peek() == ' ') ++at_;
  }
  bool Take(char32_t c) {
    SkipSpace();
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  absl::Status Error(absl::string_view rule) const {
    return InvalidField("formula.expression", absl::StrCat("position ", Position(), ": ", rule));
  }
  // From one character on to another, as it was written.
  std::string Written(size_t from, size_t to) const {
    const size_t end = to < characters_.size() ? characters_[to].byte : text_.size();
    return std::string(text_.substr(characters_[from].byte, end - characters_[from].byte));
  }

  absl::Status Split() {
    for (size_t byte = 0; byte < text_.size();) {
      const auto [code, size] = Decode(text_.substr(byte));
      if (size == 0) return InvalidField("formula.expression", "is not UTF-8");
      characters_.push_back({Meaning(code), byte});
      byte += size;
    }
    if (characters_.size() > kMostCharacters) {
      return InvalidField("formula.expression", "must have at most 1000 characters");
    }
    return absl::OkStatus();
  }

  // A chain of operators of one strength, from the left.
  template <class Next>
  absl::StatusOr<Expression> Chain(std::pair<char32_t, Kind> one, std::pair<char32_t, Kind> other,
                                   Next next) {
    ASSIGN_OR_RETURN(Expression left, next());
    while (true) {
      SkipSpace();
      const int position = Position();
      const auto* found = Take(one.first) ? &one : Take(other.first) ? &other : nullptr;
      if (found == nullptr) return left;
      ASSIGN_OR_RETURN(Expression right, next());
      Expression both{found->second, position};
      both.parts.push_back(std::move(left));
      both.parts.push_back(std::move(right));
      left = std::move(both);
    }
  }
  absl::StatusOr<Expression> Sum(int depth) {
    return Chain({'+', Kind::kAdd}, {'-', Kind::kSubtract}, [&] { return Product(depth); });
  }
  absl::StatusOr<Expression> Product(int depth) {
    return Chain({'*', Kind::kMultiply}, {'/', Kind::kDivide}, [&] { return Factor(depth); });
  }

  absl::StatusOr<Expression> Factor(int depth) {
    SkipSpace();
    const int position = Position();
    if (depth > kMostParentheses) return Error("parentheses are nested too deeply");
    if (Take('-')) {
      Expression negated{Kind::kNegate, position};
      ASSIGN_OR_RETURN(Expression part, Factor(depth + 1));
      negated.parts.push_back(std::move(part));
      return negated;
    }
    if (Take('(')) {
      ASSIGN_OR_RETURN(Expression inside, Sum(depth + 1));
      if (!Take(')')) return Error("\")\" is expected");
      return inside;
    }
    if (Take('[')) return Bracketed(position);
    if (IsDigit(Peek())) return Number();
    if (IsLetter(Peek())) return Named(depth);
    return Error(AtEnd() ? "a value is expected, and the formula ends" : "a value is expected");
  }

  absl::StatusOr<Expression> Bracketed(int position) {
    Expression operand{Kind::kOperand, position};
    const size_t from = at_;
    while (!AtEnd() && Peek() != ']') ++at_;
    const size_t to = at_;
    if (!Take(']')) return Error("\"]\" is expected");
    if (from < to) operand.id = Written(from, to);
    operand.text = absl::StrCat("[", operand.id, "]");
    if (CheckId("id", operand.id).ok()) return operand;
    return InvalidField("formula.expression",
                        absl::StrCat("position ", position, ": ", operand.text, " is no id"));
  }

  // The digits of a number, as ASCII.
  std::string Digits() {
    std::string digits;
    while (IsDigit(Peek()) || Peek() == '.') {
      digits += static_cast<char>(characters_[at_++].meaning);
    }
    return digits;
  }

  absl::StatusOr<Expression> Number() {
    Expression number{Kind::kNumber, Position()};
    number.text = Digits();
    if (absl::StatusOr<Decimal> value = Decimal::Parse(number.text); !value.ok()) {
      at_ = number.position - 1;
      return Error(value.status().message());
    }
    const size_t end = at_;
    SkipSpace();
    if (!TakeUnit(number.unit)) at_ = end;
    return number;
  }

  // The longest declared unit that begins here and is no part of a longer word.
  bool TakeUnit(std::string& unit) {
    for (size_t end = characters_.size(); end > at_; --end) {
      if (characters_[end - 1].byte - characters_[at_].byte > kLongestUnit) continue;
      const bool splits = end < characters_.size() && IsLetter(characters_[end - 1].meaning) &&
                          (IsLetter(characters_[end].meaning) || IsDigit(characters_[end].meaning));
      if (splits) continue;
      absl::StatusOr<const Unit*> found = FindUnit(Trimmed(Written(at_, end)));
      if (!found.ok()) continue;
      unit = std::string((*found)->symbol);
      at_ = end;
      return true;
    }
    return false;
  }
  static std::string Trimmed(std::string text) {
    // "10 t " is no longer unit than "10 t".
    return !text.empty() && text.back() == ' ' ? std::string() : text;
  }

  std::string Word() {
    const size_t from = at_;
    while (IsLetter(Peek()) || IsDigit(Peek())) ++at_;
    std::string word;
    for (size_t i = from; i < at_; ++i) {
      const char32_t meaning = characters_[i].meaning;
      word += meaning < 0x80 ? std::string(1, static_cast<char>(meaning)) : Written(i, i + 1);
    }
    return word;
  }

  absl::StatusOr<Expression> Named(int depth) {
    const int position = Position();
    const std::string word = Word();
    for (const auto& [name, kind] : kFunctions) {
      if (word == name) return Call(kind, position, depth);
    }
    Expression operand{Kind::kOperand, position};
    operand.text = word;
    return operand;
  }

  absl::StatusOr<Expression> Call(Kind kind, int position, int depth) {
    Expression call{kind, position};
    if (!Take('(')) return Error("\"(\" is expected");
    do {
      ASSIGN_OR_RETURN(Expression part, Sum(depth + 1));
      call.parts.push_back(std::move(part));
    } while (Take(','));
    if (SkipSpace(); IsLetter(Peek())) RETURN_IF_ERROR(Span(call));
    if (!Take(')')) return Error("\")\" is expected");
    return call;
  }

  // "over 3 years", "over months", "over sites".
  absl::Status Span(Expression& call) {
    if (call.parts.size() > 1) return Error("only one value can be taken over a span");
    const size_t begin = at_;
    if (Word() != "over") {
      at_ = begin;
      return Error("\",\", \")\" or \"over\" is expected");
    }
    SkipSpace();
    const size_t at_count = at_;
    const std::string digits = Digits();
    if (!digits.empty()) {
      call.count = digits.size() > 3 || !absl::SimpleAtoi(digits, &call.count) ? 0 : call.count;
      if (call.count < 1 || call.count > kMostBack) {
        at_ = at_count;
        return Error("the number of periods must be 1 … 120");
      }
    }
    SkipSpace();
    const size_t at_word = at_;
    const std::string word = Word();
    if (word == "years" || word == "year") call.over = Over::kYears;
    if (word == "months" || word == "month") call.over = Over::kMonths;
    if (word == "sites" && digits.empty()) call.over = Over::kSites;
    if (call.over != Over::kNothing) return absl::OkStatus();
    at_ = at_word;
    return Error("years, months or sites is expected");
  }

  absl::string_view text_;
  std::vector<Character> characters_;
  size_t at_ = 0;
};

bool IsAlias(absl::string_view text) {
  bool first = true;
  while (!text.empty()) {
    const auto [code, size] = Decode(text);
    if (size == 0 || !(IsLetter(code) || (!first && IsDigit(code)))) return false;
    text.remove_prefix(size);
    first = false;
  }
  return !first;
}

// Puts the ids in the place of aliases and notes which aliases are used.
absl::Status Resolve(const std::map<std::string, std::string>& ids, std::set<std::string>& used,
                     Expression& expression) {
  for (Expression& part : expression.parts) RETURN_IF_ERROR(Resolve(ids, used, part));
  if (expression.kind != Kind::kOperand) return absl::OkStatus();
  if (!expression.id.empty()) return absl::OkStatus();
  auto found = ids.find(expression.text);
  if (found == ids.end()) {
    return InvalidField("formula.expression",
                        absl::StrCat("position ", expression.position, ": \"", expression.text,
                                     "\" is no declared alias; an id stands in brackets: [id]"));
  }
  expression.id = found->second;
  used.insert(expression.text);
  return absl::OkStatus();
}

int DepthOf(const Expression& expression) {
  int depth = 0;
  for (const Expression& part : expression.parts) depth = std::max(depth, 1 + DepthOf(part));
  return depth;
}

}  // namespace

absl::StatusOr<Expression> ReadFormula(const v1::Formula& formula) {
  FieldErrors errors;
  std::map<std::string, std::string> ids;
  for (int i = 0; i < formula.operands_size(); ++i) {
    const v1::FormulaOperand& operand = formula.operands(i);
    const std::string field = absl::StrCat("formula.operands[", i, "].");
    if (!IsAlias(operand.alias()) || IsReserved(operand.alias())) {
      errors.Add(field + "alias", "must be letters, digits and \"_\" and no function");
    } else if (!ids.emplace(operand.alias(), operand.indicator_id()).second) {
      errors.Add(field + "alias", "is declared twice");
    }
    if (operand.indicator_id().empty()) errors.Add(field + "indicator_id", "is required");
  }
  RETURN_IF_ERROR(errors.status());
  ASSIGN_OR_RETURN(Expression expression, Parser(formula.expression()).Parse());
  if (DepthOf(expression) > kMostDepth) {
    return InvalidField("formula.expression",
                        "must not chain more than 100 operators; sum(a, b, …) adds any number");
  }
  std::set<std::string> used;
  RETURN_IF_ERROR(Resolve(ids, used, expression));
  for (int i = 0; i < formula.operands_size(); ++i) {
    if (used.count(formula.operands(i).alias()) == 0) {
      errors.Add(absl::StrCat("formula.operands[", i, "].alias"), "is not used");
    }
  }
  RETURN_IF_ERROR(errors.status());
  if (OperandIds(expression).empty()) {
    return InvalidField("formula.expression", "refers to no indicator");
  }
  return expression;
}

}  // namespace lucid::indicators
