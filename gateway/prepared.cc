#include "gateway/prepared.h"

#include <brotli/encode.h>
#include <zlib.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/base/hash.h"

namespace lucid::gateway {
namespace {

std::string Gzip(const std::string& body) {
  z_stream stream = {};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return "";
  }
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

std::string Brotli(const std::string& body) {
  constexpr int kQuality = 5;
  size_t size = BrotliEncoderMaxCompressedSize(body.size());
  std::string out(size, '\0');
  const bool done = BrotliEncoderCompress(
      kQuality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.size(),
      reinterpret_cast<const uint8_t*>(body.data()), &size, reinterpret_cast<uint8_t*>(out.data()));
  out.resize(done ? size : 0);
  return out;
}

}  // namespace

Prepared::Prepared(std::string body, absl::string_view content_type, absl::string_view headers) {
  const std::string hash = Sha256Hex(body).substr(0, 24);
  const std::string common =
      absl::StrCat("Content-Type: ", content_type, "\r\nVary: Accept-Encoding\r\n", headers);
  gzip_ = Make(Gzip(body), "gzip", hash, common);
  brotli_ = Make(Brotli(body), "br", hash, common);
  plain_ = Make(std::move(body), "", hash, common);
}

Prepared::Variant Prepared::Make(std::string body, absl::string_view encoding,
                                 absl::string_view hash, absl::string_view common) {
  Variant variant;
  variant.etag = absl::StrCat("\"", hash, encoding.empty() ? "" : "-", encoding, "\"");
  auto whole = std::make_shared<PreparedBody>();
  auto unchanged = std::make_shared<PreparedBody>();
  unchanged->status = 304;
  unchanged->head = absl::StrCat(common, "ETag: ", variant.etag, "\r\n");
  whole->head = absl::StrCat(unchanged->head, "Content-Length: ", body.size(), "\r\n");
  if (!encoding.empty()) absl::StrAppend(&whole->head, "Content-Encoding: ", encoding, "\r\n");
  whole->body = std::move(body);
  variant.whole = std::move(whole);
  variant.unchanged = std::move(unchanged);
  return variant;
}

std::shared_ptr<const PreparedBody> Prepared::For(const HttpRequest& request) const {
  const Variant* variant = &plain_;
  const absl::string_view accepted = request.Header("accept-encoding");
  if (!accepted.empty()) {
    const size_t size = plain_.whole->body.size();
    for (const Variant* other : {&brotli_, &gzip_}) {
      const bool smaller = !other->whole->body.empty() && other->whole->body.size() < size;
      if (smaller && Accepts(accepted, other == &brotli_ ? "br" : "gzip")) {
        variant = other;
        break;
      }
    }
  }
  const absl::string_view known = request.Header("if-none-match");
  return !known.empty() && Matches(known, variant->etag) ? variant->unchanged : variant->whole;
}

bool Accepts(absl::string_view accept_encoding, absl::string_view encoding) {
  for (absl::string_view item : absl::StrSplit(accept_encoding, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits(';', 1));
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts.first), encoding)) continue;
    absl::string_view quality = absl::StripAsciiWhitespace(parts.second);
    double value = 1;
    if (absl::ConsumePrefix(&quality, "q=") && !absl::SimpleAtod(quality, &value)) return false;
    return value > 0;
  }
  return false;
}

bool Matches(absl::string_view if_none_match, absl::string_view etag) {
  for (absl::string_view item : absl::StrSplit(if_none_match, ',')) {
    item = absl::StripAsciiWhitespace(item);
    absl::ConsumePrefix(&item, "W/");
    if (item == "*" || item == etag) return true;
  }
  return false;
}

}  // namespace lucid::gateway
