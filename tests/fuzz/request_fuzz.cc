// Any text as the target and, behind its first line, the body of a request of the library service:
// what is read is a message that the service can read too.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gateway/routes.h"
#include "gateway/transcode.h"
#include "library.pb.h"
#include "tests/fuzz/expect.h"

namespace lucid::gateway {
namespace {

const Routes& LibraryRoutes() {
  static const auto& routes = *[] {
    const auto* file = library::v1::Book::descriptor()->file();
    auto built = Routes::Build({file->FindServiceByName("LibraryService")});
    EXPECT(built.ok());
    return new Routes(*std::move(built));
  }();
  return routes;
}

void CheckRequest(absl::string_view method, absl::string_view target, absl::string_view body) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  const absl::StatusOr<Match> match = LibraryRoutes().Find(method, parts.first);
  if (!match.ok()) return;
  const Route& route = *match->route;
  EXPECT(match->values.size() == route.variables.size());
  std::unique_ptr<google::protobuf::Message> request(route.request->New());
  if (!ToRequest(*match, parts.second, body, *request).ok()) return;
  std::unique_ptr<google::protobuf::Message> sent(route.request->New());
  EXPECT(sent->ParseFromString(request->SerializeAsString()));
  EXPECT(ToBody(route, *std::unique_ptr<google::protobuf::Message>(route.response->New())).ok());
}

void CheckQuery(absl::string_view query) {
  library::v1::Kinds request, sent;
  if (ReadQuery(query, request).ok()) EXPECT(sent.ParseFromString(request.SerializeAsString()));
}

}  // namespace
}  // namespace lucid::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<absl::string_view> lines = absl::StrSplit(input, absl::MaxSplits('\n', 1));
  const absl::string_view body = lines.size() > 1 ? lines[1] : "";
  for (absl::string_view method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    lucid::gateway::CheckRequest(method, lines[0], body);
  }
  lucid::gateway::CheckQuery(lines[0]);
  return 0;
}
