// What must hold of the reference parser whatever the text; shared by its test and its fuzzer.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "services/publications/references.h"

namespace lucid::publications {

// "" when all holds, else what does not.
inline std::string BrokenProperty(absl::string_view body) {
  ParsedBody parsed = ParseBody(body);
  std::string joined;
  bool text_before = false;
  for (const Piece& piece : parsed.pieces) {
    if (piece.text.empty()) return "an empty piece";
    if (piece.key.empty() && text_before) return "two texts in a row";
    if (!piece.key.empty() && !IsKey(piece.key)) return "a reference with a key that is none";
    if (!piece.key.empty() && ParseBody(piece.text).pieces.size() != 1) {
      return "a reference that is not one by itself";
    }
    text_before = piece.key.empty();
    joined += piece.text;
  }
  if (joined != body) return "the pieces do not make up the body";
  if (parsed.errors.empty() != ParseBody(joined).errors.empty()) return "errors come and go";
  // Nothing is frozen here, so rendering changes nothing.
  v1::Publication publication;
  publication.set_body(std::string(body));
  if (RenderBody(publication) != body) return "text is changed";
  return "";
}

}  // namespace lucid::publications
