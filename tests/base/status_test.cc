// Failures on the wire: they name field and rule, and fit into headers whatever a caller sent.
#include "services/base/status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "services/base/rpc.h"

namespace lucid {
namespace {

using ::testing::HasSubstr;

TEST(FieldErrors, FitIntoHeadersHoweverManyAndHoweverLong) {
  FieldErrors errors;
  for (int i = 0; i < 100'000; ++i) errors.Add(absl::StrCat("targets[", i, "]"), "holds twice");
  const grpc::Status many = ToGrpc(errors.status());
  EXPECT_LT(many.error_details().size(), 4000u);
  EXPECT_LE(many.error_message().size(), 503u);
  EXPECT_THAT(many.error_details(), HasSubstr("targets[0]"));
  EXPECT_THAT(many.error_details(), HasSubstr("and others break rules too"));
  const std::string endless(100'000, 'x');
  for (const absl::Status& status :
       {InvalidField(endless, endless), NotYours("tasks", endless),
        Fail(absl::StatusCode::kAborted, "STALE", endless, {{"by", endless}})}) {
    const grpc::Status told = ToGrpc(status);
    EXPECT_LT(told.error_details().size(), 2000u);
    EXPECT_LE(told.error_message().size(), 503u);
    EXPECT_FALSE(Reason(FromGrpc(told)).empty());
  }
}

}  // namespace
}  // namespace lucid
