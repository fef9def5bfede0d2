#include "gateway/proto_comments.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.pb.h"

// lucid.binpb, which the linker put into this program as it is.
extern "C" const char _binary_lucid_binpb_start[], _binary_lucid_binpb_end[];

namespace lucid::gateway {

ProtoComments::ProtoComments() {
  google::protobuf::FileDescriptorSet files;
  files.ParseFromArray(_binary_lucid_binpb_start,
                       static_cast<int>(_binary_lucid_binpb_end - _binary_lucid_binpb_start));
  // Each file comes after those that it imports.
  for (const auto& file : files.file()) pool_.BuildFile(file);
}

// A paragraph's lines become one.
std::string ProtoComments::Joined(const std::string& comment) {
  std::string text;
  bool paragraph = true;
  for (absl::string_view line : absl::StrSplit(comment, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) {
      paragraph = true;
      continue;
    }
    absl::StrAppend(&text, text.empty() ? "" : paragraph ? "\n\n" : " ", line);
    paragraph = false;
  }
  return text;
}

}  // namespace lucid::gateway
