#include "gateway/openapi.h"

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gateway/prepared.h"
#include "gateway/proto_comments.h"
#include "gateway/shape.h"
#include "lucid/access/v1/access.pb.h"

namespace lucid::gateway {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

// How deep query parameters reach into messages: ?page.size=1.
constexpr int kQueryDepth = 3;

template <class Roles>
std::string NamesOf(const Roles& roles) {
  return absl::StrJoin(roles, ", ", [](std::string* out, int role) {
    out->append(access::v1::Role_Name(static_cast<access::v1::Role>(role)));
  });
}

// How a path variable is called here: "id" for {task.id}, so that methods on one path agree.
std::string NameOf(absl::string_view variable) {
  return std::string(variable.substr(variable.rfind('.') + 1));
}

// "/v1/tasks/{task.id}" is written "/v1/tasks/{id}", and "{path=**}" "{path}".
std::string PathOf(const Route& route) {
  std::string path;
  absl::string_view rest = route.pattern;
  for (size_t open; (open = rest.find('{')) != rest.npos;) {
    const size_t close = rest.find('}', open);
    const absl::string_view variable = rest.substr(open + 1, close - open - 1);
    absl::StrAppend(&path, rest.substr(0, open + 1), NameOf(variable.substr(0, variable.find('='))),
                    "}");
    rest.remove_prefix(close + 1);
  }
  return absl::StrCat(path, rest);
}

// Writes the document, and of each type on the way a schema, once.
class Writer {
 public:
  std::string Write(const Routes& routes) {
    json::object paths;
    for (const auto& route : routes.all()) {
      json::value& path = paths[PathOf(*route)];
      if (!path.is_object()) path = json::object();
      path.as_object()[absl::AsciiStrToLower(route->http_method)] = Operation(*route);
    }
    WriteSchemas();
    schemas_["Error"] = ErrorSchema();
    json::array tags;
    for (const auto* service : services_) {
      tags.push_back({{"name", service->name()}, {"description", comments_.Of(*service)}});
    }
    return json::serialize(json::object{
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "lucid"},
          {"version", "v1"},
          {"description",
           "Rectification after environmental inspections: tasks, indicators, cases and "
           "publications. JSON is canonical proto3; decimals are strings, days YYYY-MM-DD."}}},
        {"tags", std::move(tags)},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", std::move(schemas_)},
          {"securitySchemes",
           {{"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}}}});
  }

 private:
  json::object Operation(const Route& route) {
    const MethodDescriptor& method = *route.method;
    services_.insert(method.service());
    const auto& rule = method.options().GetExtension(access::v1::method);
    std::string description = comments_.Of(method);
    if (!rule.public_()) absl::StrAppend(&description, "\n\nRoles: ", NamesOf(rule.roles()), ".");
    json::object operation{
        {"operationId", absl::StrCat(method.service()->name(), "_", method.name(), Nth(method))},
        {"tags", {method.service()->name()}},
        {"description", description},
        {"parameters", Parameters(route)},
        {"security", rule.public_() ? json::array{} : json::array{{{"bearer", json::array{}}}}},
        {"responses",
         {{"200", {{"description", "The answer."}, {"content", Content(ResponseSchema(route))}}},
          {"default",
           {{"description", "What is wrong, by AIP-193."},
            {"content", Content({{"$ref", "#/components/schemas/Error"}})}}}}}};
    if (!route.body.empty()) {
      operation["requestBody"] = {{"required", true}, {"content", Content(BodySchema(route))}};
    }
    return operation;
  }

  // "2" of the second route to a method, because operation ids are unique.
  std::string Nth(const MethodDescriptor& method) {
    const int n = ++routes_to_[&method];
    return n == 1 ? "" : absl::StrCat(n);
  }

  static json::object Content(json::object schema) {
    return {{"application/json", {{"schema", std::move(schema)}}}};
  }

  json::object BodySchema(const Route& route) {
    if (route.body == "*") return Reference(*route.method->input_type());
    return Reference(*ShapeOf(route.method->input_type()).Find(route.body)->message->type);
  }

  json::object ResponseSchema(const Route& route) {
    const Descriptor& type = *route.method->output_type();
    if (route.response_body.empty()) return Reference(type);
    return SchemaOf(*ShapeOf(&type).Find(route.response_body)->field);
  }

  json::array Parameters(const Route& route) {
    json::array parameters;
    std::set<std::string> taken{route.body};
    for (const Variable& variable : route.variables) {
      taken.insert(variable.field);
      json::object parameter{{"name", NameOf(variable.field)},
                             {"in", "path"},
                             {"required", true},
                             {"schema", {{"type", "string"}}}};
      if (const FieldDescriptor* field = FieldAt(*route.method->input_type(), variable.field)) {
        parameter["description"] = comments_.Of(*field);
      }
      parameters.push_back(std::move(parameter));
    }
    if (route.body != "*") AddQuery(*route.method->input_type(), "", "", taken, 1, parameters);
    return parameters;
  }

  static const FieldDescriptor* FieldAt(const Descriptor& type, absl::string_view path) {
    const FieldDescriptor* field = nullptr;
    const Descriptor* at = &type;
    for (const std::string& name : std::vector<std::string>(absl::StrSplit(path, '.'))) {
      field = at == nullptr ? nullptr : at->FindFieldByName(name);
      if (field == nullptr) return nullptr;
      at = field->message_type();
    }
    return field;
  }

  // What neither the path nor the body has is a query parameter. `prefix` leads to `type` by proto
  // names, `json_prefix` by those of JSON.
  void AddQuery(const Descriptor& type, const std::string& prefix, const std::string& json_prefix,
                const std::set<std::string>& taken, int depth, json::array& parameters) {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::string path = prefix + field.name();
      if (taken.count(path) > 0 || field.is_map()) continue;
      const std::string name = json_prefix + field.json_name();
      if (field.message_type() != nullptr && !TakesText(ShapeOf(field.message_type()).special)) {
        if (field.is_repeated() || depth >= kQueryDepth) continue;
        AddQuery(*field.message_type(), path + ".", name + ".", taken, depth + 1, parameters);
        continue;
      }
      parameters.push_back({{"name", name},
                            {"in", "query"},
                            {"description", comments_.Of(field)},
                            {"schema", SchemaOf(field)}});
    }
  }

  json::object Reference(const Descriptor& type) {
    json::object special = SpecialSchema(ShapeOf(&type).special, type);
    if (!special.empty()) return special;
    if (described_.insert(&type).second) waiting_.push_back(&type);
    return {{"$ref", absl::StrCat("#/components/schemas/", type.full_name())}};
  }

  // The schema of types whose JSON is not simply an object of their fields.
  json::object SpecialSchema(Special special, const Descriptor& type) {
    switch (special) {
      case Special::kNone:
        return {};
      case Special::kTimestamp:
        return {{"type", "string"}, {"format", "date-time"}};
      case Special::kDuration:
        return {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}};
      case Special::kFieldMask:
        return {{"type", "string"}, {"description", "Field paths, apart by commas."}};
      case Special::kWrapper:
        return SchemaOf(*type.field(0));
      case Special::kAny:
        return {{"type", "object"},
                {"properties", {{"@type", {{"type", "string"}}}}},
                {"required", {"@type"}}};
      case Special::kStruct:
        return {{"type", "object"}};
      case Special::kList:
        return {{"type", "array"}};
      case Special::kValue:
        return {{"description", "Any JSON value."}};
    }
    return {};
  }

  json::object SchemaOf(const FieldDescriptor& field) {
    if (field.is_map()) {
      return {{"type", "object"},
              {"additionalProperties", ElementSchema(*field.message_type()->field(1))}};
    }
    if (field.is_repeated()) return {{"type", "array"}, {"items", ElementSchema(field)}};
    return ElementSchema(field);
  }

  json::object ElementSchema(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Reference(*field.message_type());
      case FieldDescriptor::CPPTYPE_ENUM:
        return Reference(*field.enum_type());
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_INT32:
        return {{"type", "integer"}, {"format", "int32"}};
      case FieldDescriptor::CPPTYPE_UINT32:
        return {{"type", "integer"}, {"minimum", 0}};
      case FieldDescriptor::CPPTYPE_INT64:
        return {{"type", "string"}, {"pattern", "^-?[0-9]+$"}};
      case FieldDescriptor::CPPTYPE_UINT64:
        return {{"type", "string"}, {"pattern", "^[0-9]+$"}};
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return {{"type", "number"}};
      case FieldDescriptor::CPPTYPE_STRING:
        break;
    }
    if (field.type() != FieldDescriptor::TYPE_BYTES) return {{"type", "string"}};
    return {{"type", "string"}, {"contentEncoding", "base64"}};
  }

  json::object Reference(const EnumDescriptor& type) {
    const std::string& name = type.full_name();
    if (!schemas_.contains(name)) {
      json::array values;
      std::string description = comments_.Of(type);
      for (int i = 0; i < type.value_count(); ++i) {
        values.emplace_back(type.value(i)->name());
        const std::string comment = comments_.Of(*type.value(i));
        absl::StrAppend(&description, "\n- `", type.value(i)->name(), "`: ", comment);
      }
      schemas_[name] = {{"type", "string"}, {"enum", values}, {"description", description}};
    }
    return {{"$ref", absl::StrCat("#/components/schemas/", name)}};
  }

  // Describing a message may mention further ones.
  void WriteSchemas() {
    while (!waiting_.empty()) {
      const Descriptor& type = *waiting_.back();
      waiting_.pop_back();
      json::object properties;
      for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        json::object schema = SchemaOf(field);
        std::string description = comments_.Of(field);
        const auto& readers = field.options().GetExtension(access::v1::field).readers();
        if (!readers.empty()) {
          absl::StrAppend(&description, "\n\nOnly for: ", NamesOf(readers), ".");
        }
        schema["description"] = description;
        properties[field.json_name()] = std::move(schema);
      }
      schemas_[type.full_name()] = {{"type", "object"},
                                    {"description", comments_.Of(type)},
                                    {"properties", std::move(properties)},
                                    {"additionalProperties", false}};
    }
  }

  static json::object ErrorSchema() {
    return {{"type", "object"},
            {"required", {"error"}},
            {"properties",
             {{"error",
               {{"type", "object"},
                {"required", {"code", "status", "message"}},
                {"properties",
                 {{"code", {{"type", "integer"}, {"description", "The HTTP status."}}},
                  {"status", {{"type", "string"}, {"description", "The gRPC code by name."}}},
                  {"message", {{"type", "string"}, {"description", "For people."}}},
                  {"details",
                   {{"type", "array"},
                    {"description",
                     "google.rpc.ErrorInfo with a reason in capitals; for a bad request "
                     "google.rpc.BadRequest with a violation per field."},
                    {"items", {{"type", "object"}}}}}}}}}}}};
  }

  const ProtoComments comments_;
  std::map<const MethodDescriptor*, int> routes_to_;
  struct ByName {
    bool operator()(const google::protobuf::ServiceDescriptor* a,
                    const google::protobuf::ServiceDescriptor* b) const {
      return a->full_name() < b->full_name();
    }
  };
  std::set<const google::protobuf::ServiceDescriptor*, ByName> services_;
  std::set<const Descriptor*> described_;
  std::vector<const Descriptor*> waiting_;
  json::object schemas_;
};

}  // namespace

std::string OpenApi(const Routes& routes) { return Writer().Write(routes); }

void AddOpenApi(Gateway& gateway) {
  struct Document {
    std::once_flag once;
    std::unique_ptr<Prepared> prepared;
  };
  auto document = std::make_shared<Document>();
  gateway.AddPage("/openapi.json", [document, &gateway](const HttpRequest& request,
                                                        Respond respond) {
    std::call_once(document->once, [&] {
      document->prepared = std::make_unique<Prepared>(OpenApi(gateway.routes()), "application/json",
                                                      "Cache-Control: public, max-age=300\r\n");
    });
    HttpResponse response;
    response.route = "openapi";
    response.prepared = document->prepared->For(request);
    respond(std::move(response));
  });
}

}  // namespace lucid::gateway
