// Any text as the value of the headers that we read ourselves.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gateway/event_stream.h"
#include "gateway/prepared.h"
#include "gateway/transcode.h"
#include "library.pb.h"
#include "services/base/token.h"
#include "services/base/trace.h"
#include "tests/fuzz/expect.h"

namespace lucid::gateway {
namespace {

void CheckCaching(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (absl::string_view encoding : {"br", "gzip"}) {
    if (Accepts(text, encoding)) EXPECT(absl::StrContains(lower, encoding));
    EXPECT(Accepts(absl::StrCat(text, ",", encoding), encoding) ||
           absl::StrContains(lower, encoding));
  }
  if (Matches(text, "\"abc-gzip\"")) {
    EXPECT(absl::StrContains(text, "\"abc-gzip\"") || absl::StrContains(text, "*"));
  }
}

// Whatever comes in, what goes on is a traceparent, and one that was is continued.
void CheckTrace(absl::string_view text) {
  const std::string trace = ContinueTrace(text);
  const std::string next = ContinueTrace(trace);
  EXPECT(next.substr(0, 36) == trace.substr(0, 36) && next.substr(52) == trace.substr(52));
  EXPECT(next.substr(36, 16) != trace.substr(36, 16));
}

void CheckIdempotencyKey(absl::string_view text) {
  library::v1::CreateBookRequest request, sent;
  if (SetRequestId(text, request).ok()) EXPECT(request.request_id() == text);
  EXPECT(sent.ParseFromString(request.SerializeAsString()));
}

void CheckLastEventId(absl::string_view text) {
  events::v1::ListEventsRequest request, again;
  if (!ResumeAfter(text, request).ok() || text.empty()) return;
  EXPECT(again.ParseFromString(request.SerializeAsString()));
  EXPECT(ResumeAfter(absl::StrCat(request.epoch(), "/", request.after()), again).ok());
  EXPECT(again.epoch() == request.epoch() && again.after() == request.after());
}

}  // namespace
}  // namespace lucid::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lucid::gateway::CheckCaching(text);
  lucid::gateway::CheckTrace(text);
  lucid::gateway::CheckIdempotencyKey(text);
  lucid::gateway::CheckLastEventId(text);
  EXPECT(lucid::BearerToken(absl::StrCat("bearer ", text)) == text);
  return 0;
}
