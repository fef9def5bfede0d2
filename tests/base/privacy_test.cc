// What gives a person away by its form alone.
#include "services/base/privacy.h"

#include "gtest/gtest.h"

namespace lucid {
namespace {

TEST(Privacy, FindsResidentIdentityNumbersByTheirCheckDigit) {
  for (const char* text : {"11010519491231002X", "证号11010519491231002x。", "440524188001010014",
                           "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ"}) {
    EXPECT_EQ(FindPersonalNumber(text), "a resident identity number") << text;
  }
}

TEST(Privacy, FindsMobileNumbersHoweverTheyAreWritten) {
  for (const char* text :
       {"13812345678", "电话138-1234-5678", "138 1234 5678", "+8613812345678", "86 138 1234 5678",
        "１３８１２３４５６７８", "2021-04-06 19912345678"}) {
    EXPECT_EQ(FindPersonalNumber(text), "a mobile number") << text;
  }
}

TEST(Privacy, OtherNumbersPass) {
  for (const char* text :
       {"", "2021年4月6日", "110105194912310021", "12812345678", "138123456789012", "1381234567",
        "排污口 54.564 km", "D3LN202104070001", "0241-12345678", "辽环函〔2021〕138号"}) {
    EXPECT_EQ(FindPersonalNumber(text), "") << text;
  }
}

}  // namespace
}  // namespace lucid
