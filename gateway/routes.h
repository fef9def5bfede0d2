// Which RPC an HTTP request means: the table of routes, built from every `google.api.http` that is
// linked in. A new RPC needs no line here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace lucid::gateway {

// `{task.id}` or `{path=**}`: a field of the request and the path segments that are its value.
struct Variable {
  std::string field;
  size_t begin = 0;  // the first segment
  size_t end = 0;    // one past the last; 0: all that follow
};

struct Route {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string http_method;    // "GET"
  std::string pattern;        // "/v1/tasks/{id}:apply"
  std::string body;           // "" none, "*" the whole request, else a field of it
  std::string response_body;  // "" the whole response, else a field of it
  std::vector<Variable> variables;
  const google::protobuf::Message* request = nullptr;  // prototypes
  const google::protobuf::Message* response = nullptr;
};

// A route with the decoded values of its variables, in their order.
struct Match {
  const Route* route = nullptr;
  std::vector<std::string> values;
};

class Routes {
 public:
  // Every method of `services`. FAILED_PRECONDITION naming the method where a template is malformed
  // or names a field that does not exist, or two methods claim one pattern.
  static absl::StatusOr<Routes> Build(
      absl::Span<const google::protobuf::ServiceDescriptor* const> services);

  // The route of a request; `path` is as sent, without the query. NOT_FOUND with reason NO_ROUTE;
  // METHOD_NOT_ALLOWED (UNIMPLEMENTED) with the allowed methods in metadata "allow";
  // INVALID_ARGUMENT where a variable is not percent-encoded UTF-8.
  absl::StatusOr<Match> Find(absl::string_view http_method, absl::string_view path) const;

  // Where several patterns lead to one method, all of them; in order of declaration.
  const std::vector<std::unique_ptr<Route>>& all() const { return routes_; }

 private:
  struct Node {
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> any;                             // `*`
    absl::flat_hash_map<std::string, const Route*> here;   // "GET" or "POST:apply"
    absl::flat_hash_map<std::string, const Route*> below;  // the same, for `**`
  };

  absl::Status Add(const google::protobuf::MethodDescriptor* method, absl::string_view http_method,
                   absl::string_view pattern, absl::string_view body,
                   absl::string_view response_body);
  static const Route* FindBelow(const Node& node, absl::Span<const absl::string_view> segments,
                                absl::string_view key);
  const Route* FindWith(absl::string_view http_method,
                        absl::Span<const absl::string_view> segments) const;

  std::vector<std::unique_ptr<Route>> routes_;
  Node root_;
};

// Every service whose descriptor is linked into this program, by full name.
std::vector<const google::protobuf::ServiceDescriptor*> LinkedServices();

// The segments of a path pattern and its verb.
struct Pattern {
  std::vector<std::string> segments;  // literals, "*", "**"
  std::string verb;                   // "apply", or ""
  std::vector<Variable> variables;
};

// "/v1/{shelf=shelves/*}/books/{id}:lend". INVALID_ARGUMENT where malformed.
absl::StatusOr<Pattern> ParsePattern(absl::string_view pattern);

// Percent-decoding; `plus` also turns '+' into a space. Absent when malformed or not UTF-8.
std::optional<std::string> PercentDecode(absl::string_view text, bool plus);

}  // namespace lucid::gateway
