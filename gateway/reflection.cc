#include "gateway/reflection.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/support/status_code_enum.h"

namespace lucid::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// A file with everything it imports, each once.
void AddFile(const FileDescriptor* file, absl::flat_hash_set<const FileDescriptor*>& seen,
             reflection::Files& files) {
  if (!seen.insert(file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file->CopyTo(&proto);
  files.add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file->dependency_count(); ++i) AddFile(file->dependency(i), seen, files);
}

void Answer(const FileDescriptor* file, absl::string_view what, reflection::Response& response) {
  if (file == nullptr) {
    response.mutable_error()->set_error_code(grpc::StatusCode::NOT_FOUND);
    response.mutable_error()->set_error_message(absl::StrCat(what, " is not known"));
    return;
  }
  absl::flat_hash_set<const FileDescriptor*> seen;
  AddFile(file, seen, *response.mutable_files());
}

}  // namespace

bool IsReflection(const std::string& path) {
  return path == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" ||
         path == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
}

reflection::Response Reflect(const reflection::Request& request,
                             const std::vector<std::string>& services) {
  const DescriptorPool* pool = DescriptorPool::generated_pool();
  reflection::Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.ask_case()) {
    case reflection::Request::kFileByFilename:
      Answer(pool->FindFileByName(request.file_by_filename()), request.file_by_filename(),
             response);
      break;
    case reflection::Request::kFileContainingSymbol:
      Answer(pool->FindFileContainingSymbol(request.file_containing_symbol()),
             request.file_containing_symbol(), response);
      break;
    case reflection::Request::kFileContainingExtension: {
      const auto& ask = request.file_containing_extension();
      const Descriptor* type = pool->FindMessageTypeByName(ask.containing_type());
      const FieldDescriptor* extension =
          type == nullptr ? nullptr : pool->FindExtensionByNumber(type, ask.extension_number());
      Answer(extension == nullptr ? nullptr : extension->file(), "the extension", response);
      break;
    }
    case reflection::Request::kAllExtensionNumbersOfType: {
      std::vector<const FieldDescriptor*> extensions;
      const Descriptor* type = pool->FindMessageTypeByName(request.all_extension_numbers_of_type());
      if (type == nullptr) {
        Answer(nullptr, request.all_extension_numbers_of_type(), response);
        break;
      }
      pool->FindAllExtensions(type, &extensions);
      response.mutable_numbers()->set_base_type_name(type->full_name());
      for (const auto* extension : extensions) {
        response.mutable_numbers()->add_extension_number(extension->number());
      }
      break;
    }
    case reflection::Request::kListServices:
      for (const std::string& name : services) {
        response.mutable_services()->add_service()->set_name(name);
      }
      break;
    default:
      response.mutable_error()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
      response.mutable_error()->set_error_message("nothing was asked");
  }
  return response;
}

}  // namespace lucid::gateway
