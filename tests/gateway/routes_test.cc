#include "gateway/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/json.h"
#include "gateway/transcode.h"
#include "library.pb.h"
#include "services/base/status.h"

namespace lucid::gateway {
namespace {

using testing::HasSubstr;

const google::protobuf::ServiceDescriptor* Library() {
  return library::v1::Book::descriptor()->file()->service(0);
}

class RoutesTest : public testing::Test {
 protected:
  // "Method[value,…]", or the reason of the refusal.
  std::string Find(absl::string_view http_method, absl::string_view path) {
    auto match = routes_.Find(http_method, path);
    if (!match.ok()) {
      return absl::StrCat(Reason(match.status()), ErrorMetadata(match.status(), "allow"));
    }
    return absl::StrCat(match->route->method->name(), "[", absl::StrJoin(match->values, ","), "]");
  }

  // The request message as JSON, or the message of the refusal.
  std::string Transcode(absl::string_view http_method, absl::string_view path,
                        absl::string_view query, absl::string_view body) {
    auto match = routes_.Find(http_method, path);
    if (!match.ok()) return std::string(match.status().message());
    std::unique_ptr<google::protobuf::Message> request(match->route->request->New());
    const absl::Status status = ToRequest(*match, query, body, *request);
    return status.ok() ? *ToJson(*request) : std::string(status.message());
  }

  Routes routes_ = *Routes::Build({Library()});
};

TEST_F(RoutesTest, EveryBindingLeadsToItsMethod) {
  const char* const cases[][3] = {
      {"GET", "/v1/books/a", "GetBook[a]"},
      {"GET", "/v1/library/books/a", "GetBook[a]"},
      {"GET", "/v1/books", "ListBooks[]"},
      {"GET", "/v1/bookList", "ListBooks[]"},
      {"POST", "/v1/books", "CreateBook[]"},
      {"PATCH", "/v1/books/a", "UpdateBook[a]"},
      {"PUT", "/v1/books/a", "ReplaceBook[a]"},
      {"DELETE", "/v1/books/a", "DeleteBook[a]"},
      {"POST", "/v1/books/a:lend", "Lend[a]"},
      {"POST", "/v1/books:batchLend", "BatchLend[]"},
      {"GET", "/v1/shelves/s/pages/a/b/c", "ReadPage[shelves/s,a/b/c]"},
      {"GET", "/v1/shelves/s/pages", "ReadPage[shelves/s,]"},
      {"GET", "/v1/books/%E6%B0%B4%2Fa", "GetBook[水/a]"},
      {"GET", "/v1/books/a:b", "GetBook[a:b]"},
      {"GET", "/v1/books/", "NO_ROUTE"},
      {"GET", "/v1/books/a/b", "NO_ROUTE"},
      {"GET", "/v1", "NO_ROUTE"},
      {"GET", "/", "NO_ROUTE"},
      {"GET", "", "NO_ROUTE"},
      {"GET", "v1/books", "NO_ROUTE"},
      {"GET", "//v1/books", "NO_ROUTE"},
      {"GET", "/V1/books", "NO_ROUTE"},
      {"POST", "/v1/books/a:nope", "METHOD_NOT_ALLOWEDGET, PUT, DELETE, PATCH"},
      {"DELETE", "/v1/books", "METHOD_NOT_ALLOWEDGET, POST"},
      {"GET", "/v1/books/%E6%B0", "INVALID_FIELD"},
      {"GET", "/v1/books/%2", "INVALID_FIELD"},
      {"GET", "/v1/books/%zz", "INVALID_FIELD"},
  };
  for (const auto& [http_method, path, expected] : cases) {
    EXPECT_EQ(Find(http_method, path), expected) << http_method << " " << path;
  }
  EXPECT_EQ(Find("GET", std::string(100'000, '/')), "NO_ROUTE");
}

TEST_F(RoutesTest, BodyPathAndQueryBecomeTheRequest) {
  const char* const cases[][5] = {
      {"GET", "/v1/books/a", "", "", R"({"id":"a"})"},
      {"GET", "/v1/books", "pageSize=2&page_token=x%3D&filter.tags=a&filter.tags=%E6%B0%B4+b", "",
       R"({"pageSize":2,"pageToken":"x=","filter":{"tags":["a","水 b"]}})"},
      {"GET", "/v1/books", "hidden=true&$alt=json%3Benum-encoding=int", "", R"({"hidden":true})"},
      {"POST", "/v1/books", "validateOnly=true", R"({"title":"t"})",
       R"({"book":{"title":"t"},"validateOnly":true})"},
      {"POST", "/v1/books/a:lend", "", R"({"to":"x"})", R"({"id":"a","to":"x"})"},
      {"POST", "/v1/books/a:lend", "", "", R"({"id":"a"})"},
      {"POST", "/v1/books/a:lend", "", R"({"id":"a"})", R"({"id":"a"})"},
      {"POST", "/v1/books/a:lend", "", R"({"id":"b"})", "id differs from the one in the path"},
      {"POST", "/v1/books/a:lend", "to=x", "{}", "query must go into the body"},
      {"GET", "/v1/books", "pageSize=x", "", "page"},
      {"GET", "/v1/books", "pageSize=1&page_size=2", "", "page_size is given twice"},
      {"GET", "/v1/books", "nope=1", "", "nope is not a field of ListBooksRequest"},
      {"GET", "/v1/books/a", "id=b", "", "id is given twice"},
      {"GET", "/v1/books/a", "", "{}", "body is not expected by this method"},
      {"POST", "/v1/books", "", "", "book is not JSON"},
      {"POST", "/v1/books", "", R"({"author":{"nope":1}})",
       "book.author.nope is not a field of Author"},
      // The mask of a PATCH: what the body has, but not the id and not the version.
      {"PATCH", "/v1/books/a", "", R"({"id":"a","version":"3","title":"t","author":{"town":"f"}})",
       R"({"book":{"id":"a","title":"t","author":{"town":"f"},"version":"3"},)"
       R"("updateMask":"title,author"})"},
      {"PATCH", "/v1/books/a", "updateMask=title,tags", R"({"title":"t"})",
       R"({"book":{"id":"a","title":"t"},"updateMask":"title,tags"})"},
      {"PATCH", "/v1/books/a", "", R"({"title":null})",
       R"({"book":{"id":"a"},"updateMask":"title"})"},
  };
  for (const auto& [http_method, path, query, body, expected] : cases) {
    EXPECT_THAT(Transcode(http_method, path, query, body), HasSubstr(expected))
        << http_method << " " << path << "?" << query << " " << body;
  }
}

TEST_F(RoutesTest, TheIdempotencyKeyFillsAnUnsetRequestId) {
  library::v1::CreateBookRequest request;
  EXPECT_TRUE(SetRequestId("k1", request).ok());
  EXPECT_EQ(request.request_id(), "k1");
  EXPECT_TRUE(SetRequestId("k2", request).ok());
  EXPECT_EQ(request.request_id(), "k1");
  library::v1::GetBookRequest without;
  EXPECT_TRUE(SetRequestId("k1", without).ok());
  EXPECT_EQ(without.ByteSizeLong(), 0u);
  EXPECT_THAT(std::string(SetRequestId("\xff", request).message()), HasSubstr("is not UTF-8"));
}

TEST_F(RoutesTest, ResponseBodyIsOneField) {
  library::v1::ListBooksResponse response;
  response.add_books()->set_id("a");
  response.set_next_page_token("x");
  EXPECT_EQ(*ToBody(*routes_.Find("GET", "/v1/bookList")->route, response), R"([{"id":"a"}])");
}

TEST(Pattern, MalformedOnesAreRefused) {
  for (const char* pattern :
       {"", "v1", "/", "/v1/", "/v1//a", "/v1/{", "/v1/{}", "/v1/{a", "/v1/{a={b}}", "/v1/{a=}",
        "/v1:", "/v1:a:b", "/v1/**/a", "/v1/{a=**}/b", "/v1/a*", "/v1/a}"}) {
    EXPECT_FALSE(ParsePattern(pattern).ok()) << pattern;
  }
}

TEST(Routes, TwoMethodsMayNotClaimOnePattern) {
  const auto routes = Routes::Build({Library(), Library()});
  EXPECT_EQ(Reason(routes.status()), "BAD_ROUTE");
}

TEST(Routes, LinkedServicesAreFoundWithoutNamingThem) {
  EXPECT_THAT(LinkedServices(), testing::Contains(Library()));
}

}  // namespace
}  // namespace lucid::gateway
