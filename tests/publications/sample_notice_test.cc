// The notice of the sample, as it is sent to the service.
#include <fstream>
#include <sstream>

#include "google/protobuf/util/json_util.h"
#include "services/publications/publications_rules.h"
#include "tests/testing/matchers.h"

namespace lucid::publications {
namespace {

using ::testing::HasSubstr;
using v1::Publication;

// The notice of the sample refers to each of the 28 figures, and types none of them.
TEST(SampleNotice, RefersToTwentyEightFigures) {
  std::ifstream file(LUCID_SOURCE_DIR "/deploy/sample/fushun/notice.json");
  std::stringstream json;
  json << file.rdbuf();
  Publication notice;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.str(), &notice).ok());
  EXPECT_OK(CheckDraft(notice, absl::CivilDay(2024, 9, 18)));
  ASSERT_EQ(notice.figures_size(), 28);
  for (auto& figure : *notice.mutable_figures()) {
    EXPECT_THAT(notice.body(), HasSubstr("{{figure " + figure.key() + "}}"));
    EXPECT_EQ(figure.key(), figure.query().figure());
    figure.mutable_frozen()->set_value("1");
  }
  const std::string units[] = {"次", "份", "件", "人", "家",    "个", "吨/日", "万吨/日", "%",
                               "处", "台", "轮", "亩", "μg/m³", "项", "km",    "轮次"};
  for (int i = 0; i < 28; ++i) {
    notice.mutable_figures(i)->mutable_frozen()->set_unit(units[i % std::size(units)]);
  }
  notice.mutable_freeze_time()->set_seconds(1);
  Refresh(notice);
  for (const v1::Check& check : notice.checks()) EXPECT_TRUE(check.passed()) << check.message();
}

}  // namespace
}  // namespace lucid::publications
