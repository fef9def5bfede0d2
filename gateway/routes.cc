#include "gateway/routes.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/shape.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/message.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// More segments than any pattern has; longer paths are no route.
constexpr size_t kMaxSegments = 32;

const char* const kMethods[] = {"GET", "PUT", "POST", "DELETE", "PATCH"};

std::string KeyOf(absl::string_view http_method, absl::string_view verb) {
  return verb.empty() ? std::string(http_method) : absl::StrCat(http_method, ":", verb);
}

absl::Status Broken(const MethodDescriptor* method, absl::string_view why) {
  return Fail(absl::StatusCode::kFailedPrecondition, "BAD_ROUTE",
              absl::StrCat("the route of ", method->full_name(), " ", why));
}

// The field of `type` to which `path` leads through singular messages, or nullptr.
const FieldShape* FieldAt(const Descriptor* type, absl::string_view path) {
  const Shape* shape = &ShapeOf(type);
  const FieldShape* field = nullptr;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    field = shape == nullptr ? nullptr : shape->Find(name);
    if (field == nullptr) return nullptr;
    shape = field->field->is_repeated() ? nullptr : field->message;
  }
  return field;
}

// Whether `body` can be the body of a request: everything, nothing, or a singular message.
bool CanBeBody(const Descriptor* type, absl::string_view body) {
  if (body.empty() || body == "*") return true;
  const FieldShape* field = ShapeOf(type).Find(body);
  return field != nullptr && field->message != nullptr && !field->field->is_repeated();
}

std::pair<std::string, std::string> MethodAndPattern(const google::api::HttpRule& rule) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    default:
      return {rule.custom().kind(), rule.custom().path()};
  }
}

}  // namespace

absl::StatusOr<Routes> Routes::Build(absl::Span<const ServiceDescriptor* const> services) {
  Routes routes;
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (!method->options().HasExtension(google::api::http)) continue;
      const auto& main = method->options().GetExtension(google::api::http);
      std::vector<google::api::HttpRule> rules(main.additional_bindings().begin(),
                                               main.additional_bindings().end());
      rules.insert(rules.begin(), main);
      for (const auto& rule : rules) {
        const auto [http_method, pattern] = MethodAndPattern(rule);
        RETURN_IF_ERROR(
            routes.Add(method, http_method, pattern, rule.body(), rule.response_body()));
      }
    }
  }
  return routes;
}

absl::Status Routes::Add(const MethodDescriptor* method, absl::string_view http_method,
                         absl::string_view pattern, absl::string_view body,
                         absl::string_view response_body) {
  auto parsed = ParsePattern(pattern);
  if (!parsed.ok()) return Broken(method, parsed.status().message());
  for (const Variable& variable : parsed->variables) {
    if (FieldAt(method->input_type(), variable.field) == nullptr) {
      return Broken(method, absl::StrCat("names ", variable.field, ", which is no field"));
    }
  }
  if (!CanBeBody(method->input_type(), body)) {
    return Broken(method, absl::StrCat("has the body ", body, ", which is no message field"));
  }
  if (!response_body.empty() && ShapeOf(method->output_type()).Find(response_body) == nullptr) {
    return Broken(method, absl::StrCat("answers ", response_body, ", which is no field"));
  }
  Node* node = &root_;
  bool open = false;
  for (const std::string& segment : parsed->segments) {
    if (segment == "**") {
      open = true;
      break;
    }
    auto& next = segment == "*" ? node->any : node->literals[segment];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  auto route = std::make_unique<Route>();
  route->method = method;
  route->http_method = std::string(http_method);
  route->pattern = std::string(pattern);
  route->body = std::string(body);
  route->response_body = std::string(response_body);
  route->variables = parsed->variables;
  route->request = MessageFactory::generated_factory()->GetPrototype(method->input_type());
  route->response = MessageFactory::generated_factory()->GetPrototype(method->output_type());
  const auto [it, added] =
      (open ? node->below : node->here).emplace(KeyOf(http_method, parsed->verb), route.get());
  if (!added) {
    return Broken(method, absl::StrCat("is also that of ", it->second->method->full_name()));
  }
  routes_.push_back(std::move(route));
  return absl::OkStatus();
}

const Route* Routes::FindBelow(const Node& node, absl::Span<const absl::string_view> segments,
                               absl::string_view key) {
  if (segments.empty()) {
    auto it = node.here.find(key);
    if (it != node.here.end()) return it->second;
  } else {
    auto it = node.literals.find(segments[0]);
    if (it != node.literals.end()) {
      if (const Route* route = FindBelow(*it->second, segments.subspan(1), key)) return route;
    }
    if (node.any != nullptr && !segments[0].empty()) {
      if (const Route* route = FindBelow(*node.any, segments.subspan(1), key)) return route;
    }
  }
  auto it = node.below.find(key);
  return it == node.below.end() ? nullptr : it->second;
}

const Route* Routes::FindWith(absl::string_view http_method,
                              absl::Span<const absl::string_view> segments) const {
  const absl::string_view last = segments.back();
  const size_t colon = last.rfind(':');
  if (colon != absl::string_view::npos) {
    std::vector<absl::string_view> bare(segments.begin(), segments.end());
    bare.back() = last.substr(0, colon);
    const std::string key = KeyOf(http_method, last.substr(colon + 1));
    if (const Route* route = FindBelow(root_, bare, key)) return route;
  }
  return FindBelow(root_, segments, http_method);
}

absl::StatusOr<Match> Routes::Find(absl::string_view http_method, absl::string_view path) const {
  std::vector<absl::string_view> segments;
  if (absl::ConsumePrefix(&path, "/")) segments = absl::StrSplit(path, '/');
  if (segments.empty() || segments.size() > kMaxSegments) {
    return Fail(absl::StatusCode::kNotFound, "NO_ROUTE", "there is nothing at this path");
  }
  const Route* route = FindWith(http_method, segments);
  if (route == nullptr) {
    std::vector<std::string> allowed;
    for (const char* other : kMethods) {
      if (FindWith(other, segments) != nullptr) allowed.push_back(other);
    }
    if (allowed.empty()) {
      return Fail(absl::StatusCode::kNotFound, "NO_ROUTE", "there is nothing at this path");
    }
    return Fail(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                "this path does not take this method", {{"allow", absl::StrJoin(allowed, ", ")}});
  }
  Match match{route, {}};
  for (const Variable& variable : route->variables) {
    const size_t end = variable.end == 0 ? segments.size() : variable.end;
    absl::string_view last = segments[end - 1];
    const size_t colon = last.rfind(':');
    // The verb is no part of the last variable.
    const bool verb = end == segments.size() && colon != absl::string_view::npos &&
                      absl::EndsWith(route->pattern, last.substr(colon));
    std::vector<absl::string_view> own(segments.begin() + variable.begin, segments.begin() + end);
    if (verb) own.back() = last.substr(0, colon);
    auto value = PercentDecode(absl::StrJoin(own, "/"), false);
    if (!value.has_value()) return InvalidField(variable.field, "is not percent-encoded UTF-8");
    match.values.push_back(*std::move(value));
  }
  return match;
}

std::vector<const ServiceDescriptor*> LinkedServices() {
  // The pool builds files when they are asked for, so only the database knows them all.
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : files) {
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      services.push_back(file->service(i));
    }
  }
  std::sort(services.begin(), services.end(),
            [](const auto* a, const auto* b) { return a->full_name() < b->full_name(); });
  return services;
}

}  // namespace lucid::gateway
