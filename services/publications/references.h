// Figure references in a body: found, checked, and replaced by the frozen numbers.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lucid/figures/v1/figures.pb.h"
#include "lucid/publications/v1/public.pb.h"
#include "lucid/publications/v1/publication.pb.h"

namespace lucid::publications {

// A piece of a body: text as it stands, or a reference to a figure.
struct Piece {
  std::string text;         // as written, a reference with its braces
  std::string key;          // the figure referred to; empty for text
  bool value_only = false;  // {{figure KEY value}}
};

// A body in pieces, whose texts joined are the body; `errors` says, line by line, which references
// are malformed.
struct ParsedBody {
  std::vector<Piece> pieces;
  std::vector<std::string> errors;
};
ParsedBody ParseBody(absl::string_view body);

// Whether a body may call a figure so: a letter, then at most 31 letters, digits, '_' or '-'.
bool IsKey(absl::string_view key);

// How a reference prints: "16次", "76%以上", "50万吨/日"; `value_only`: "16", "≥76", "50".
std::string Print(const figures::v1::Figure& figure, bool value_only);

// The body with every reference replaced by its frozen figure, cut where the figures stand, and the
// footnotes of the waivers at its end. A reference that is not frozen stays as written.
std::vector<v1::BodyPart> RenderParts(const v1::Publication& publication);

// The same as one text.
std::string RenderBody(const v1::Publication& publication);

}  // namespace lucid::publications
