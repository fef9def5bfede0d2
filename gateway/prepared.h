// Bodies that many requests get as they are: made once in every encoding, with their ETag.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/http.h"

namespace lucid::gateway {

class Prepared {
 public:
  // `headers` are whole header lines that go with every variant, 304 included.
  Prepared(std::string body, absl::string_view content_type, absl::string_view headers);

  // The variant that the request's Accept-Encoding and If-None-Match ask for.
  std::shared_ptr<const PreparedBody> For(const HttpRequest& request) const;

  const std::string& body() const { return plain_.whole->body; }

 private:
  struct Variant {
    std::string etag;
    std::shared_ptr<const PreparedBody> whole;
    std::shared_ptr<const PreparedBody> unchanged;  // 304
  };
  static Variant Make(std::string body, absl::string_view encoding, absl::string_view hash,
                      absl::string_view common);

  Variant plain_, gzip_, brotli_;
};

// Whether an Accept-Encoding header takes `encoding`, that is, names it without q=0.
bool Accepts(absl::string_view accept_encoding, absl::string_view encoding);

// Whether an If-None-Match header names `etag` (with its quotes) or *.
bool Matches(absl::string_view if_none_match, absl::string_view etag);

}  // namespace lucid::gateway
