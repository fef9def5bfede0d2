#include "gateway/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/util/message_differencer.h"
#include "google/rpc/error_details.pb.h"
#include "library.pb.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using google::protobuf::util::MessageDifferencer;
using library::v1::Kinds;
using testing::ElementsAre;
using testing::HasSubstr;

// The printed form of what was read, or the error as "path rule".
std::string Round(absl::string_view json) {
  Kinds kinds;
  const absl::Status status = FromJson(json, kinds);
  if (!status.ok()) return std::string(status.message());
  auto printed = ToJson(kinds);
  return printed.ok() ? *printed : std::string(printed.status().message());
}

TEST(Json, CanonicalTextIsPrintedAsItWasRead) {
  for (const std::string json : {
           R"({})",
           R"({"anInt32":-2147483648,"anInt64":"9223372036854775807","aUint32":4294967295})",
           R"({"aUint64":"18446744073709551615","aFloat":0.1,"aDouble":0.1,"aBool":true})",
           R"({"aString":"绿水青山 \"就是\" 金山\\银山\n\u0001","aBytes":"AQI=","aColour":"RED"})",
           R"({"child":{"child":{}},"int32s":[1,2],"int64s":["3"],"doubles":[1.5,"NaN"]})",
           R"({"floats":["Infinity","-Infinity"],"bools":[true,false],"strings":["","a"]})",
           R"({"labels":{"":"x","a":"b"},"byNumber":{"-1":{},"2":{"anInt32":1}}})",
           R"({"byTruth":{"false":"1","true":"2"},"palette":{"7":"BLUE"}})",
           R"({"textChoice":""})",
           R"({"maybeInt32":0,"maybeString":"","maybeBool":false})",
           R"({"aTime":"2024-02-29T23:59:59.120Z","aDuration":"-1.000000001s"})",
           R"({"aMask":"dueDay,point.lng"})",
           R"({"aStruct":{"a":1,"b":[null,true,"x",{"c":{}}]},"aValue":null,"aList":[[],1e+30]})",
           R"({"anAny":{"@type":"type.googleapis.com/lucid.library.v1.Author","name":"x"}})",
           R"({"anAny":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}})",
           R"({"wrappedInt64":"0","wrappedString":"","wrappedBool":false,"wrappedBytes":""})",
           R"({"values":[null,1],"aNull":null,"anEmpty":{},"anotherName":"x"})",
           R"({"aColour":77,"colours":["COLOUR_UNSPECIFIED"]})",
       }) {
    // A NullValue field that is set to its only value is unset.
    std::string expected = json;
    if (auto at = expected.find(R"("aNull":null,)"); at != std::string::npos) {
      expected.erase(at, 13);
    }
    EXPECT_EQ(Round(json), expected);
  }
}

TEST(Json, OtherSpellingsMeanTheSame) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"an_int32":1})", R"({"anInt32":1})"},
      {R"( { "anInt32" : "1" } )", R"({"anInt32":1})"},
      {R"({"anInt32":1.0e1})", R"({"anInt32":10})"},
      {R"({"anInt32":120e-1})", R"({"anInt32":12})"},
      {R"({"anInt64":-9223372036854775808})", R"({"anInt64":"-9223372036854775808"})"},
      {R"({"anInt64":-9.223372036854775808e18})", R"({"anInt64":"-9223372036854775808"})"},
      {R"({"aUint64":18446744073709551615})", R"({"aUint64":"18446744073709551615"})"},
      {R"({"aUint64":-0})", R"({})"},
      {R"({"aDouble":"1.5"})", R"({"aDouble":1.5})"},
      {R"({"aDouble":1e-400})", R"({})"},
      {R"({"aDouble":9007199254740993})", R"({"aDouble":9007199254740992})"},
      {R"({"aBytes":"-_8"})", R"({"aBytes":"+/8="})"},
      {R"({"aColour":1})", R"({"aColour":"RED"})"},
      {R"({"anInt32":null,"child":null,"int32s":null,"labels":null})", R"({})"},
      {R"({"aTime":"2024-09-18T09:02:03+08:00"})", R"({"aTime":"2024-09-18T01:02:03Z"})"},
      {R"({"aMask":"due_day"})", R"({"aMask":"dueDay"})"},
      {R"({"aString":"\u6c34\ud83d\ude00\/"})", "{\"aString\":\"水😀/\"}"},
      {R"({"renamed":"x"})", R"({"anotherName":"x"})"},
      {R"({"anAny":{"name":"x","@type":"a/lucid.library.v1.Author"}})",
       R"({"anAny":{"@type":"a/lucid.library.v1.Author","name":"x"}})"},
      {R"({"textChoice":null,"numberChoice":1})", R"({"numberChoice":1})"},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(Round(json), expected) << json;
}

TEST(Json, RefusalsNameThePathAndTheRule) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"nope":1})", "nope is not a field of Kinds"},
      {R"({"child":{"nope":1}})", "child.nope is not a field of Kinds"},
      {R"({"children":[{},{"nope":1}]})", "children[1].nope is not a field of Kinds"},
      {R"({"byNumber":{"2":{"nope":1}}})", "by_number[\"2\"].nope is not a field of Kinds"},
      {R"({"anInt32":1,"anInt32":1})", "an_int32 is given twice"},
      {R"({"anInt32":1,"an_int32":1})", "an_int32 is given twice"},
      {R"({"labels":{"a":"1","a":"1"}})", "labels[\"a\"] is given twice"},
      {R"({"textChoice":"","numberChoice":0})",
       "number_choice must not be set with another field of choice"},
      {R"({"anInt32":2147483648})",
       "an_int32 must be a whole number from -2147483648 to 2147483647"},
      {R"({"anInt32":1.5})", "an_int32 must be a whole number from -2147483648 to 2147483647"},
      {R"({"anInt32":"0x1"})", "an_int32 must be a whole number"},
      {R"({"anInt32":" 1"})", "an_int32 must be a whole number"},
      {R"({"anInt32":""})", "an_int32 must be a whole number"},
      {R"({"anInt32":true})", "an_int32 must be a whole number"},
      {R"({"int32s":[1,null]})", "int32s[1] must not be null"},
      {R"({"int32s":[1,[2]]})", "int32s[1] must be a whole number"},
      {R"({"int32s":{"a":1}})", "int32s must be an array"},
      {R"({"int32s":1})", "int32s must be an array"},
      {R"({"labels":[]})", "labels must be an object"},
      {R"({"labels":{"a":null}})", "labels[\"a\"] must not be null"},
      {R"({"byNumber":{"x":{}}})", "by_number[\"x\"] as a key must be a whole number"},
      {R"({"byTruth":{"1":"1"}})", "by_truth[\"1\"] as a key must be true or false"},
      {R"({"aUint64":18446744073709551616})", "a_uint64 must be a whole number from 0"},
      {R"({"aUint64":-1})", "a_uint64 must be a whole number from 0"},
      {R"({"anInt64":1e19})", "an_int64 must be a whole number"},
      {R"({"anInt64":1e99999})", "an_int64 must be a whole number"},
      {R"({"anInt64":1e999999999999})", "an_int64 is not JSON: exponent overflow"},
      {R"({"aDouble":1e400})", "a_double must be a number that fits a double"},
      {R"({"aFloat":1e39})", "a_float must be a number that fits a float"},
      {R"({"aDouble":"nan"})", "a_double must be a number"},
      {R"({"aBool":"true"})", "a_bool must be true or false"},
      {R"({"aBool":1})", "a_bool must be true or false"},
      {R"({"aString":1})", "a_string must be a string"},
      {R"({"aBytes":"*"})", "a_bytes must be base64"},
      {R"({"aBytes":"YQ.."})", "a_bytes must be base64"},
      {R"({"aMask":"a_1"})", "a_mask must be field names"},
      {R"({"aMask":"aB_"})", "a_mask must be field names"},
      {R"({"aMask":"a,b__c"})", "a_mask must be field names"},
      {R"({"aColour":"GREEN"})", "a_colour must be one of COLOUR_UNSPECIFIED, RED, BLUE"},
      {R"({"child":1})", "child must be an object"},
      {R"({"child":[]})", "child must not be an array"},
      {R"({"aTime":"2023-02-29T00:00:00Z"})", "a_time must be a time"},
      {R"({"aTime":"2023-02-28"})", "a_time must be a time"},
      {R"({"aTime":"2023-02-28T24:00:00Z"})", "a_time must be a time"},
      {R"({"aTime":"2023-02-28t00:00:00z"})", "a_time must be a time"},
      {R"({"aTime":{}})", "a_time must not be an object"},
      {R"({"aDuration":"1"})", "a_duration must be a duration"},
      {R"({"aDuration":"315576000001s"})", "a_duration must be a duration"},
      {R"({"anAny":{"name":"x"}})", "an_any must have an @type"},
      {R"({"anAny":{"@type":"a/no.Such"}})", "an_any has an unknown @type"},
      {R"({"anAny":{"@type":"a/lucid.library.v1.Author","nope":1}})",
       "an_any.nope is not a field of Author"},
      {R"({"anAny":{"@type":"a/google.protobuf.Duration","value":"1s","x":1}})",
       "an_any must have an @type and a value, and nothing else"},
      {R"(1)", "body must be an object"},
      {R"(null)", "body must not be null"},
      {R"([])", "body must not be an array"},
      {R"({"anInt32":1,})", "is not JSON: "},
      {R"({'anInt32':1})", "is not JSON: "},
      {R"({anInt32:1})", "is not JSON: "},
      {R"({"anInt32":01})", "is not JSON: "},
      {R"({"int32s":[1,]})", "is not JSON: "},
      {R"({"anInt32":1}x)", "is not JSON: "},
      {R"({"anInt32":1}{})", "is not JSON: "},
      {R"({"anInt32":1)", "is not JSON: "},
      {R"(/* */{})", "is not JSON: "},
      {R"()", "is not JSON: "},
      {R"({"aDouble":NaN})", "is not JSON: "},
      {"{\"aString\":\"\x80\"}", "is not JSON: "},
      {"{\"aString\":\"\xc0\xaf\"}", "is not JSON: "},
      {"{\"aString\":\"\xed\xa0\x80\"}", "is not JSON: "},
      {R"({"aString":"\ud800"})", "is not JSON: "},
      {R"({"aString":"\ude00"})", "is not JSON: "},
      {"{\"aString\":\"\n\"}", "is not JSON: "},
      {"\xef\xbb\xbf{}", "is not JSON: "},
  };
  for (const auto& [json, expected] : cases) EXPECT_THAT(Round(json), HasSubstr(expected)) << json;
}

TEST(Json, EveryRefusalIsAFieldViolation) {
  Kinds kinds;
  JsonOptions options;
  options.path = "task";
  const absl::Status status = FromJson(R"({"child":{"anInt32":"x"}})", kinds, options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Reason(status), "INVALID_FIELD");
  google::rpc::BadRequest bad;
  ASSERT_TRUE(bad.ParseFromString(std::string(status.GetPayload(kBadRequestUrl).value())));
  ASSERT_EQ(bad.field_violations_size(), 1);
  EXPECT_EQ(bad.field_violations(0).field(), "task.child.an_int32");
}

std::string Nested(int levels, const std::string& open, const std::string& close) {
  std::string json;
  for (int i = 0; i < levels; ++i) json += open;
  for (int i = 0; i < levels; ++i) json += close;
  return json;
}

TEST(Json, NestingIsBounded) {
  Kinds kinds;
  const std::string messages = Nested(99, R"({"child":)", "}").insert(99 * 9, "{}");
  EXPECT_TRUE(FromJson(messages, kinds).ok());
  const std::string deeper = Nested(100, R"({"child":)", "}").insert(100 * 9, "{}");
  EXPECT_THAT(Round(deeper), HasSubstr("is nested more than 100 levels deep"));
  EXPECT_THAT(Round("{\"aValue\":" + Nested(100, "[", "]") + "}"),
              HasSubstr("is nested more than 100 levels deep"));
  EXPECT_THAT(Round("{\"anAny\":{\"@type\":\"a/google.protobuf.Value\",\"value\":" +
                    Nested(100'000, "[", "]") + "}}"),
              HasSubstr("is nested more than 100 levels deep"));
  // What can be read can be sent: a Struct is three messages deep for each object.
  for (const int levels : {10, 32, 33, 49, 99}) {
    Kinds nested, sent;
    const std::string objects = Nested(levels, R"({"a":)", "}").insert(levels * 5, "{}");
    EXPECT_EQ(FromJson("{\"aStruct\":" + objects + "}", nested).ok(), levels <= 32);
    EXPECT_TRUE(sent.ParseFromString(nested.SerializeAsString())) << levels;
  }
  JsonOptions options;
  options.max_depth = 2;
  EXPECT_TRUE(FromJson(R"({"child":{}})", kinds, options).ok());
  EXPECT_FALSE(FromJson(R"({"child":{"child":{}}})", kinds, options).ok());
}

TEST(Json, MarkedFieldsArePrintedEvenWhenUnset) {
  library::v1::Shelf shelf;
  EXPECT_EQ(*ToJson(shelf), R"({"count":"0","books":[]})");
}

TEST(Json, WhatHasNoJsonIsRefusedInPrint) {
  Kinds kinds;
  kinds.mutable_a_time()->set_seconds(int64_t{1} << 60);
  EXPECT_EQ(ToJson(kinds).status().code(), absl::StatusCode::kInvalidArgument);
  kinds.Clear();
  kinds.mutable_a_duration()->set_seconds(1);
  kinds.mutable_a_duration()->set_nanos(-1);
  EXPECT_FALSE(ToJson(kinds).ok());
  kinds.Clear();
  kinds.mutable_a_mask()->add_paths("aB");
  EXPECT_FALSE(ToJson(kinds).ok());
  kinds.Clear();
  kinds.mutable_an_any()->set_type_url("a/no.Such");
  EXPECT_FALSE(ToJson(kinds).ok());
}

TEST(Json, TheNamesThatWereMentionedAreThoseOfTheMessageItself) {
  Kinds kinds;
  auto names = FromJsonWithNames(
      R"({"anInt32":0,"child":{"aString":"","child":{},"children":[{"anInt32":1}]},
          "labels":{"a":"b"},"aTime":"2024-09-18T01:02:03Z","maybeInt32":null,
          "aStruct":{"a":{"b":1}},"anAny":{"@type":"a/lucid.library.v1.Author","name":"x"}})",
      kinds);
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, ElementsAre("an_int32", "child", "labels", "a_time", "maybe_int32",
                                  "a_struct", "an_any"));
}

TEST(Json, TextDoesNotReplaceAnotherFieldOfAOneof) {
  Kinds kinds;
  EXPECT_TRUE(SetFromText(kinds, "textChoice", "a").ok());
  EXPECT_THAT(std::string(SetFromText(kinds, "kindsChoice.aBool", "true").message()),
              HasSubstr("is given twice"));
  EXPECT_EQ(*ToJson(kinds), R"({"textChoice":"a"})");
}

TEST(Json, TextSetsFieldsByPathInEitherSpelling) {
  library::v1::ListBooksRequest request;
  EXPECT_TRUE(SetFromText(request, "pageSize", "7").ok());
  EXPECT_TRUE(SetFromText(request, "filter.tags", "a").ok());
  EXPECT_TRUE(SetFromText(request, "filter.tags", "b").ok());
  EXPECT_TRUE(SetFromText(request, "filter.colour", "BLUE").ok());
  EXPECT_TRUE(SetFromText(request, "since", "2024-09-18T01:02:03Z").ok());
  EXPECT_TRUE(SetFromText(request, "hidden", "true").ok());
  EXPECT_EQ(*ToJson(request), R"({"pageSize":7,"filter":{"tags":["a","b"],"colour":"BLUE"},)"
                              R"("since":"2024-09-18T01:02:03Z","hidden":true})");
  library::v1::UpdateBookRequest update;
  EXPECT_THAT(std::string(SetFromText(update, "book", "x").message()),
              HasSubstr("book cannot be given as text"));
  const std::string deep(100, '.');
  const std::pair<std::pair<const char*, const char*>, const char*> refused[] = {
      {{"page_size", "8"}, "page_size is given twice"},
      {{"page_size.x", "8"}, "goes into a field that has no fields to name"},
      {{"filter", "8"}, "filter is given twice"},
      {{"filter.nope", "8"}, "filter.nope is not a field of Filter"},
      {{"", "8"}, "is not a field of"},
      {{"filter.town.", "8"}, "goes into a field"},
      {{deep.c_str(), "8"}, "lies too deep"},
      {{"since", "x"}, "since"},
  };
  for (const auto& [call, rule] : refused) {
    const absl::Status status = SetFromText(request, call.first, call.second);
    EXPECT_THAT(std::string(status.message()), HasSubstr(rule)) << call.first;
  }
}

}  // namespace
}  // namespace lucid::gateway
