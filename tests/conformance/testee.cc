// The gateway's JSON on trial: speaks protobuf's conformance protocol on stdin and stdout. A
// request is a message in one format, to be answered in another; what is neither from nor to JSON
// is skipped.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "conformance/conformance.pb.h"
#include "gateway/json.h"
#include "google/protobuf/test_messages_proto3.pb.h"

namespace lucid::gateway {
namespace {

using conformance::ConformanceRequest;
using conformance::ConformanceResponse;
using google::protobuf::Message;
using protobuf_test_messages::proto3::TestAllTypesProto3;

// Why a request is none of ours, or "".
std::string WhyNot(const ConformanceRequest& request) {
  const bool from_json = request.has_json_payload();
  const bool to_json = request.requested_output_format() == conformance::JSON;
  if (!from_json && !to_json) return "not JSON";
  if (!from_json && !request.has_protobuf_payload()) return "a format that nobody sends us";
  if (request.message_type() != TestAllTypesProto3::descriptor()->full_name()) {
    return "no proto3 message";
  }
  if (request.test_category() == conformance::JSON_IGNORE_UNKNOWN_PARSING_TEST) {
    return "unknown fields are always refused";
  }
  return "";
}

ConformanceResponse Try(const ConformanceRequest& request) {
  ConformanceResponse response;
  // The runner asks this way which failures are expected; they are in a file of its own.
  if (request.message_type() == conformance::FailureSet::descriptor()->full_name()) {
    response.set_protobuf_payload("");
    return response;
  }
  const std::string why_not = WhyNot(request);
  if (!why_not.empty()) {
    response.set_skipped(why_not);
    return response;
  }
  TestAllTypesProto3 message;
  if (request.has_json_payload()) {
    const absl::Status read = FromJson(request.json_payload(), message);
    if (!read.ok()) response.set_parse_error(std::string(read.message()));
  } else if (!message.ParseFromString(request.protobuf_payload())) {
    response.set_parse_error("no such message");
  }
  if (response.has_parse_error()) return response;
  if (request.requested_output_format() == conformance::PROTOBUF) {
    response.set_protobuf_payload(message.SerializeAsString());
    return response;
  }
  absl::StatusOr<std::string> json = ToJson(message);
  if (json.ok()) {
    response.set_json_payload(*std::move(json));
  } else {
    response.set_serialize_error(std::string(json.status().message()));
  }
  return response;
}

bool ReadFully(void* bytes, size_t size) {
  char* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = read(STDIN_FILENO, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

void WriteFully(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t put = write(STDOUT_FILENO, bytes.data() + sent, bytes.size() - sent);
    if (put <= 0) exit(1);
    sent += static_cast<size_t>(put);
  }
}

// Each message is preceded by its length in four little-endian bytes, as this machine has them.
void Serve() {
  for (uint32_t size = 0; ReadFully(&size, sizeof(size));) {
    std::string bytes(size, '\0');
    ConformanceRequest request;
    if (!ReadFully(bytes.data(), size) || !request.ParseFromString(bytes)) exit(1);
    const std::string answer = Try(request).SerializeAsString();
    size = static_cast<uint32_t>(answer.size());
    WriteFully(std::string(reinterpret_cast<const char*>(&size), sizeof(size)) + answer);
  }
}

}  // namespace
}  // namespace lucid::gateway

int main() { lucid::gateway::Serve(); }
