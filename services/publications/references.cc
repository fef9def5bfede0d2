#include "services/publications/references.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace lucid::publications {
namespace {

constexpr absl::string_view kOpen = "{{";
constexpr absl::string_view kClose = "}}";
constexpr size_t kLongestReference = 64;

// The reference between braces ("figure F01 value"); false when it is none.
bool ParseReference(absl::string_view inside, Piece& piece) {
  std::vector<absl::string_view> words = absl::StrSplit(inside, ' ');
  if (words.size() < 2 || words.size() > 3 || words[0] != "figure" || !IsKey(words[1])) {
    return false;
  }
  if (words.size() == 3 && words[2] != "value") return false;
  piece.key = std::string(words[1]);
  piece.value_only = words.size() == 3;
  return true;
}

// The comparison that a bound begins with, and how Chinese puts it around the number.
struct BoundForm {
  absl::string_view sign;
  absl::string_view printed_sign;
  absl::string_view before;
  absl::string_view after;
};
constexpr BoundForm kBoundForms[] = {
    {">=", "≥", "", "以上"},
    {"<=", "≤", "", "以下"},
    {">", ">", "超过", ""},
    {"<", "<", "低于", ""},
};

std::string PrintBound(absl::string_view bound, absl::string_view unit, bool value_only) {
  for (const BoundForm& form : kBoundForms) {
    absl::string_view number = bound;
    if (!absl::ConsumePrefix(&number, form.sign)) continue;
    if (value_only) return absl::StrCat(form.printed_sign, number);
    return absl::StrCat(form.before, number, unit, form.after);
  }
  return absl::StrCat(bound, value_only ? "" : unit);
}

std::string Footnotes(const v1::Publication& publication) {
  std::string notes;
  for (const v1::Waiver& waiver : publication.waivers()) {
    absl::StrAppend(&notes, notes.empty() ? "\n\n" : "\n", "注:", waiver.reason(), "\n");
  }
  return notes;
}

}  // namespace

bool IsKey(absl::string_view key) {
  return !key.empty() && key.size() <= 32 && absl::ascii_isalpha(key[0]) &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; });
}

ParsedBody ParseBody(absl::string_view body) {
  ParsedBody parsed;
  std::string text;
  int line = 1;
  while (true) {
    size_t open = body.find(kOpen);
    absl::string_view before = body.substr(0, open);
    text += std::string(before);
    line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    if (open == absl::string_view::npos) break;
    body.remove_prefix(open);
    size_t close = body.find(kClose);
    Piece piece;
    if (close == absl::string_view::npos || close > kLongestReference ||
        !ParseReference(body.substr(kOpen.size(), close - kOpen.size()), piece)) {
      parsed.errors.push_back(absl::StrCat("line ", line,
                                           " has \"{{\" that begins no reference; expected "
                                           "{{figure KEY}} or {{figure KEY value}}"));
      text += std::string(kOpen);
      body.remove_prefix(kOpen.size());
      continue;
    }
    if (!text.empty()) parsed.pieces.push_back({std::exchange(text, ""), "", false});
    size_t length = close + kClose.size();
    piece.text = std::string(body.substr(0, length));
    parsed.pieces.push_back(std::move(piece));
    body.remove_prefix(length);
  }
  if (!text.empty()) parsed.pieces.push_back({std::move(text), "", false});
  return parsed;
}

std::string Print(const figures::v1::Figure& figure, bool value_only) {
  if (!figure.bound().empty()) return PrintBound(figure.bound(), figure.unit(), value_only);
  return absl::StrCat(figure.value(), value_only ? "" : figure.unit());
}

std::vector<v1::BodyPart> RenderParts(const v1::Publication& publication) {
  std::map<absl::string_view, const v1::PublicationFigure*> figures;
  for (const auto& figure : publication.figures()) figures[figure.key()] = &figure;
  std::vector<v1::BodyPart> parts;
  for (Piece& piece : ParseBody(publication.body()).pieces) {
    v1::BodyPart part;
    auto figure = figures.find(piece.key);
    if (figure != figures.end() && figure->second->has_frozen()) {
      part.set_text(Print(figure->second->frozen(), piece.value_only));
      part.set_key(piece.key);
    } else {
      part.set_text(std::move(piece.text));
    }
    parts.push_back(std::move(part));
  }
  std::string footnotes = Footnotes(publication);
  if (!footnotes.empty()) parts.emplace_back().set_text(std::move(footnotes));
  return parts;
}

std::string RenderBody(const v1::Publication& publication) {
  std::string text;
  for (const v1::BodyPart& part : RenderParts(publication)) text += part.text();
  return text;
}

}  // namespace lucid::publications
