// Which tokens are let in, as whom, and which are refused and why.
#include "services/base/token.h"

extern "C" {
#include <jose/jwk.h>
#include <jose/jws.h>
}

#include <algorithm>
#include <filesystem>
#include <thread>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/base/identity_flags.h"
#include "services/base/status.h"
#include "tests/testing/issuer.h"

ABSL_DECLARE_FLAG(std::string, jwks);
ABSL_DECLARE_FLAG(std::string, issuer);
ABSL_DECLARE_FLAG(std::string, service_jwks);
ABSL_DECLARE_FLAG(std::string, service_key);
ABSL_DECLARE_FLAG(bool, development);

namespace lucid {
namespace {

using testing::ClaimsJson;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Jwks;
using ::testing::Not;
using testing::TestClaims;
using testing::TestIssuer;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string SignText(const SigningKey& key, absl::string_view claims) {
  return *key.Sign(ParseJsonObject(claims).get());
}

// A token with a header and signature of the forger's choice.
std::string Forge(absl::string_view header, absl::string_view claims, absl::string_view signature) {
  return absl::StrCat(absl::WebSafeBase64Escape(header), ".", absl::WebSafeBase64Escape(claims),
                      ".", signature);
}

// The reason of a refusal; "" where the token is let in.
std::string Refusal(TokenVerifier& verifier, absl::string_view token, absl::Time now = kNow) {
  absl::Status status = verifier.Verify(token, now).status();
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kUnauthenticated) << status;
  return Reason(status);
}

// The good claims with one piece of text replaced.
std::string Changed(absl::string_view from, absl::string_view to) {
  std::string claims = ClaimsJson({}, kNow);
  std::string changed = absl::StrReplaceAll(claims, {{from, to}});
  EXPECT_NE(claims, changed) << from;
  return changed;
}

class TokenTest : public ::testing::Test {
 protected:
  TestIssuer issuer_;
  std::unique_ptr<TokenVerifier> verifier_ = issuer_.Verifier();
};

TEST_F(TokenTest, AGoodTokenIsItsActor) {
  std::string token = issuer_.Token(
      {.roles = {"UNIT", "MONITOR"}, .unit = "water", .region = "210411", .subject = "王"}, kNow);
  for (int i = 0; i < 3; ++i) {  // verified, then remembered
    auto actor = verifier_->Verify(token, kNow);
    ASSERT_TRUE(actor.ok()) << actor.status();
    EXPECT_EQ((*actor)->subject, "王");
    EXPECT_THAT((*actor)->roles, ElementsAre(access::v1::UNIT, access::v1::MONITOR));
    EXPECT_EQ((*actor)->unit, "water");
    EXPECT_EQ((*actor)->region, "210411");
    EXPECT_EQ(verifier_->cached(), 1u);
  }
}

TEST_F(TokenTest, ClaimsAreJudgedOneByOne) {
  struct {
    const char* from;
    const char* to;
    const char* reason;
  } cases[] = {
      {"\"aud\":\"lucid\"", R"("aud":["other","lucid"])", ""},
      {"\"aud\":\"lucid\"", R"("aud":["other"])", "TOKEN_AUDIENCE"},
      {"\"aud\":\"lucid\"", R"("aud":"lucid2")", "TOKEN_AUDIENCE"},
      {"\"aud\":\"lucid\"", R"("aud":[["lucid"]])", "TOKEN_AUDIENCE"},
      {"\"aud\":\"lucid\"", R"("aud":{"lucid":1})", "TOKEN_AUDIENCE"},
      {"\"aud\":\"lucid\"", R"("to":"lucid")", "TOKEN_AUDIENCE"},
      {"test-issuer", "another", "TOKEN_ISSUER"},
      {R"("iss":"test-issuer")", R"("iss":["test-issuer"])", "TOKEN_ISSUER"},
      {R"("iss")", R"("issuer")", "TOKEN_ISSUER"},
      {"test-issuer", "lucid-services", "TOKEN_INVALID"},  // the key is not that issuer's
      {"test-issuer", "lucid-local", "TOKEN_ISSUER"},
      {R"("exp":1700003600)", R"("exp":1700003600.5)", ""},
      {R"("exp":1700003600)", R"("exp":1699999941)", ""},  // within the leeway
      {R"("exp":1700003600)", R"("exp":1699999940)", "TOKEN_EXPIRED"},
      {R"("exp":1700003600)", R"("exp":0)", "TOKEN_EXPIRED"},
      {R"("exp":1700003600)", R"("exp":-1)", "TOKEN_INVALID"},
      {R"("exp":1700003600)", R"("exp":1e300)", "TOKEN_INVALID"},
      {R"("exp":1700003600)", R"("exp":"1700003600")", "TOKEN_INVALID"},
      {R"("exp":1700003600)", R"("exp":null)", "TOKEN_INVALID"},
      {R"(,"exp":1700003600)", "", "TOKEN_INVALID"},
      {R"(,"nbf":1700000000)", "", ""},
      {R"("nbf":1700000000)", R"("nbf":1700000060)", ""},
      {R"("nbf":1700000000)", R"("nbf":1700000061)", "TOKEN_NOT_YET_VALID"},
      {R"("nbf":1700000000)", R"("nbf":true)", "TOKEN_INVALID"},
      {R"(,"iat":1700000000)", "", ""},
      {R"("iat":1700000000)", R"("iat":1700000061)", "TOKEN_NOT_YET_VALID"},
      {R"("iat":1700000000)", R"("iat":[])", "TOKEN_INVALID"},
      {R"("sub":"li")", R"("sub":"")", "TOKEN_INVALID"},
      {R"("sub":"li")", R"("sub":7)", "TOKEN_INVALID"},
      {R"("sub":"li",)", "", "TOKEN_INVALID"},
      {R"("roles":["OFFICE"],)", "", "TOKEN_ROLES"},
      {R"(["OFFICE"])", "[]", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"("OFFICE")", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"(["OFFICE",1])", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"(["OFFICE","WIZARD"])", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"(["office"])", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"(["ROLE_UNSPECIFIED"])", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"(["SERVICE"])", "TOKEN_ROLES"},
      {R"(["OFFICE"])", R"(["OFFICE","SERVICE"])", "TOKEN_ROLES"},
      {R"("sub":"li")", R"("sub":"li","unit":5)", "TOKEN_INVALID"},
      {R"("sub":"li")", R"("sub":"li","region":"")", "TOKEN_INVALID"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Refusal(*verifier_, SignText(issuer_.users(), Changed(c.from, c.to))), c.reason)
        << c.to;
  }
}

TEST_F(TokenTest, HeadersThatForgersWriteAreRefused) {
  const std::string claims = ClaimsJson({}, kNow);
  const std::string good = issuer_.Token({}, kNow);
  const std::string signature = std::vector<std::string>(absl::StrSplit(good, '.'))[2];
  for (const char* header : {
           R"({"alg":"none","kid":"users-1"})",
           R"({"alg":"None","kid":"users-1"})",
           R"({"alg":"none"})",
           R"({"kid":"users-1"})",
           R"({"alg":"","kid":"users-1"})",
           R"({"alg":"HS256","kid":"users-1"})",
           R"({"alg":"RS256","kid":"users-1"})",
           R"({"alg":"ES512","kid":"users-1"})",
           R"({"alg":"ES256"})",
           R"({"alg":"ES256","kid":"users-2"})",
           R"({"alg":"ES256","kid":"services-1"})",
           R"({"alg":"ES256","kid":"users-1","crit":["exp"]})",
           R"({"alg":"ES256","alg":"none","kid":"users-1"})",
           R"({"alg":["ES256"],"kid":"users-1"})",
           R"(["ES256"])",
           "",
       }) {
    EXPECT_EQ(Refusal(*verifier_, Forge(header, claims, signature)), "TOKEN_INVALID") << header;
    EXPECT_EQ(Refusal(*verifier_, Forge(header, claims, "")), "TOKEN_INVALID") << header;
  }
}

TEST_F(TokenTest, AnHmacKeyedWithThePublicKeyIsRefused) {
  const SigningKey rsa = *SigningKey::Generate("rsa-1", "RS256");
  testing::WriteFile(issuer_.jwks_path(), Jwks({&issuer_.users(), &rsa}));
  auto verifier = issuer_.Verifier();
  for (const SigningKey* key : {&issuer_.users(), &rsa}) {
    Json secret(json_pack("{s:s, s:s, s:s}", "kty", "oct", "alg", "HS256", "k",
                          absl::WebSafeBase64Escape(key->PublicJwk()).c_str()));
    Json jws(
        json_pack("{s:s}", "payload", absl::WebSafeBase64Escape(ClaimsJson({}, kNow)).c_str()));
    Json header(json_pack("{s:{s:s, s:s}}", "protected", "alg", "HS256", "kid", key->id().c_str()));
    ASSERT_TRUE(jose_jws_sig(nullptr, jws.get(), header.get(), secret.get()));
    EXPECT_EQ(Refusal(*verifier, absl::StrCat(JsonString(jws.get(), "protected"), ".",
                                              JsonString(jws.get(), "payload"), ".",
                                              JsonString(jws.get(), "signature"))),
              "TOKEN_INVALID");
  }
}

TEST_F(TokenTest, RS256IsAccepted) {
  const SigningKey rsa = *SigningKey::Generate("rsa-1", "RS256");
  testing::WriteFile(issuer_.jwks_path(), Jwks({&issuer_.users(), &rsa}));
  auto verifier = issuer_.Verifier();
  EXPECT_EQ(Refusal(*verifier, SignText(rsa, ClaimsJson({}, kNow))), "");
  EXPECT_EQ(Refusal(*verifier, issuer_.Token({}, kNow)), "");
}

TEST_F(TokenTest, EveryChangedCharacterIsNoticed) {
  const std::string good = issuer_.Token({}, kNow);
  ASSERT_EQ(Refusal(*verifier_, good), "");
  for (size_t i = 0; i < good.size(); ++i) {
    for (char c : {'A', 'B', 'w', '.', '=', '+', ' ', '\0', '\xff'}) {
      if (good[i] == c) continue;
      std::string changed = good;
      changed[i] = c;
      EXPECT_NE(Refusal(*verifier_, changed), "") << i << " " << int{c};
    }
    EXPECT_EQ(Refusal(*verifier_, good.substr(0, i)), "TOKEN_INVALID");
  }
  for (const char* more : {"A", ".", "=", " ", "\n", ".e30"}) {
    EXPECT_EQ(Refusal(*verifier_, good + more), "TOKEN_INVALID");
  }
  EXPECT_EQ(Refusal(*verifier_, std::string(100'000, 'a')), "TOKEN_INVALID");
  EXPECT_EQ(verifier_->cached(), 1u) << "only verified tokens are remembered";
}

TEST_F(TokenTest, RefusalsQuoteNothingOfTheToken) {
  const std::string secret = "Zhang-San-13800000000";
  for (const std::string& token :
       {SignText(issuer_.users(), Changed("\"OFFICE\"", absl::StrCat("\"", secret, "\""))),
        SignText(issuer_.users(), Changed("test-issuer", secret)),
        SignText(issuer_.users(), Changed("\"aud\":\"lucid", absl::StrCat("\"aud\":\"", secret))),
        Forge(absl::StrCat(R"({"alg":"ES256","kid":")", secret, "\"}"), "{}", ""), secret}) {
    absl::Status status = verifier_->Verify(token, kNow).status();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(status.ToString(), Not(HasSubstr(secret)));
  }
}

TEST_F(TokenTest, ARememberedTokenStillExpires) {
  const std::string token = issuer_.Token({}, kNow);
  EXPECT_EQ(Refusal(*verifier_, token), "");
  EXPECT_EQ(Refusal(*verifier_, token, kNow + absl::Seconds(3659)), "");
  EXPECT_EQ(Refusal(*verifier_, token, kNow + absl::Seconds(3660)), "TOKEN_EXPIRED");
  EXPECT_EQ(Refusal(*verifier_, token, kNow - absl::Seconds(61)), "TOKEN_NOT_YET_VALID");
}

TEST_F(TokenTest, ChangedKeysTakeEffectWithinASecond) {
  const std::string old_token = issuer_.Token({}, kNow);
  const SigningKey next = *SigningKey::Generate("users-2", "ES256");
  const std::string next_token = SignText(next, ClaimsJson({}, kNow));
  EXPECT_EQ(Refusal(*verifier_, old_token), "");
  EXPECT_EQ(Refusal(*verifier_, next_token), "TOKEN_INVALID");

  testing::WriteFile(issuer_.jwks_path(), Jwks({&issuer_.users(), &next}));
  absl::Time later = kNow + absl::Seconds(1);
  EXPECT_EQ(Refusal(*verifier_, old_token, later), "");
  EXPECT_EQ(Refusal(*verifier_, next_token, later), "");

  testing::WriteFile(issuer_.jwks_path(), Jwks({&next}));
  later += absl::Seconds(1);
  EXPECT_EQ(Refusal(*verifier_, old_token, later), "TOKEN_INVALID") << "no longer remembered";
  EXPECT_EQ(Refusal(*verifier_, next_token, later), "");
}

TEST_F(TokenTest, AnUnreadableKeyFileLeavesTheKeysAsTheyWere) {
  const std::string token = issuer_.Token({}, kNow);
  absl::Time later = kNow;
  for (const char* text :
       {"", "{", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AA"}]})"}) {
    testing::WriteFile(issuer_.jwks_path(), text);
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 3; ++i) {
      later += absl::Seconds(1);
      EXPECT_EQ(Refusal(*verifier_, token, later), "") << text;
    }
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("\"what\":\"keys\""));
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << "each state is logged once: " << log;
  }
  std::filesystem::remove(issuer_.jwks_path());
  EXPECT_EQ(Refusal(*verifier_, token, later + absl::Seconds(1)), "");
}

TEST_F(TokenTest, KeyFilesThatCannotBeTrustedAreRefusedAtStart) {
  const std::string key = issuer_.users().PublicJwk();
  const SigningKey local = *SigningKey::Generate("lucid-local-7", "ES256");
  struct {
    std::string text;
    const char* why;
  } cases[] = {
      {"", "is not a JWKS"},
      {"[]", "is not a JWKS"},
      {R"({"keys":{}})", "is not a JWKS"},
      {R"({"keys":[7]})", "no key"},
      {absl::StrCat(R"({"keys":[)", issuer_.users().PrivateJwk(), "]}"), "private or symmetric"},
      {absl::StrCat(R"({"keys":[)", key, R"(,{"kty":"oct","k":"c2VjcmV0"}]})"), "symmetric"},
      {absl::StrCat(R"({"keys":[)", key, ",", key, "]}"), "two keys"},
      {absl::StrReplaceAll(Jwks({&issuer_.users()}), {{"\"kid\"", "\"name\""}}), "no key"},
      {absl::StrReplaceAll(Jwks({&issuer_.users()}), {{"ES256", "ES512"}}), "no key"},
      {Jwks({&local}), "development issuer"},
  };
  for (const auto& c : cases) {
    testing::WriteFile(issuer_.jwks_path(), c.text);
    absl::Status status = TokenVerifier::Create(issuer_.options()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << c.text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.why));
    EXPECT_THAT(std::string(status.message()), HasSubstr(issuer_.jwks_path()));
  }
}

TEST_F(TokenTest, TheCacheIsBoundedAndKeepsWhatIsInUse) {
  TokenVerifierOptions options = issuer_.options();
  options.cache_capacity = 64;
  auto verifier = *TokenVerifier::Create(options);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(Refusal(*verifier, issuer_.Token({.subject = absl::StrCat("u", i)}, kNow)), "");
  }
  EXPECT_LE(verifier->cached(), 64u + 32u);  // 16 shards of two halves, each rounded up
  EXPECT_GE(verifier->cached(), 32u);
}

TEST_F(TokenTest, ManyThreadsSeeTheSameWhileKeysChange) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(issuer_.Token({.subject = absl::StrCat("u", i)}, kNow));
  }
  const std::string bad = tokens[0].substr(0, tokens[0].size() - 8) + "AAAAAAAA";
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const int n = (i * 7 + t) % 20;
        auto actor = verifier_->Verify(tokens[n], kNow + absl::Milliseconds(i));
        if (!actor.ok() || (*actor)->subject != absl::StrCat("u", n)) ++wrong;
        if (i % 100 == 0 && verifier_->Verify(bad, kNow).ok()) ++wrong;
      }
    });
  }
  const SigningKey next = *SigningKey::Generate("users-2", "ES256");
  for (int i = 0; i < 20; ++i) {
    const std::string fresh = issuer_.jwks_path() + ".new";
    testing::WriteFile(fresh, i % 2 ? Jwks({&issuer_.users()}) : Jwks({&issuer_.users(), &next}));
    std::filesystem::rename(fresh, issuer_.jwks_path());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(TokenTest, AServiceIsKnownByTheTokenItSigns) {
  auto signer = *TokenSigner::Create("tasks", "lucid", issuer_.service_key_path(), false);
  auto first = signer->Token(kNow);
  ASSERT_TRUE(first.ok()) << first.status();
  auto actor = verifier_->Verify(*first, kNow);
  ASSERT_TRUE(actor.ok()) << actor.status();
  EXPECT_EQ((*actor)->subject, "tasks");
  EXPECT_THAT((*actor)->roles, ElementsAre(access::v1::SERVICE));

  EXPECT_EQ(*first, *signer->Token(kNow + absl::Seconds(239)));
  for (int second = 0; second < 3600; second += 7) {
    const absl::Time now = kNow + absl::Seconds(second);
    EXPECT_EQ(Refusal(*verifier_, *signer->Token(now), now), "") << second;
  }
  EXPECT_EQ(Refusal(*verifier_, *first, kNow + absl::Seconds(360)), "TOKEN_EXPIRED");
}

TEST_F(TokenTest, TheServicesKeySpeaksOnlyForServices) {
  for (const char* role : {"OFFICE", "ADMIN"}) {
    TestClaims claims{.roles = {role}, .issuer = std::string(kServiceIssuer)};
    EXPECT_EQ(Refusal(*verifier_, SignText(issuer_.services(), ClaimsJson(claims, kNow))),
              "TOKEN_ROLES");
  }
  EXPECT_EQ(Refusal(*verifier_, SignText(issuer_.services(), ClaimsJson({}, kNow))),
            "TOKEN_INVALID");
}

TEST(BearerToken, IsTakenFromTheHeader) {
  EXPECT_EQ(BearerToken("Bearer abc"), "abc");
  EXPECT_EQ(BearerToken("bearer abc"), "abc");
  EXPECT_EQ(BearerToken("Basic abc"), "");
  EXPECT_EQ(BearerToken("Bearer"), "");
  EXPECT_EQ(BearerToken(""), "");
}

TEST(IdentityFlags, TheDevelopmentIssuerWantsDevelopment) {
  absl::FlagSaver saver;
  TestIssuer issuer;
  const SigningKey local = *SigningKey::Generate("lucid-local-7", "ES256");
  testing::WriteFile(issuer.jwks_path(), Jwks({&local}));
  testing::WriteFile(issuer.service_key_path(), local.PrivateJwk());
  absl::SetFlag(&FLAGS_jwks, issuer.jwks_path());
  absl::SetFlag(&FLAGS_service_jwks, issuer.service_jwks_path());
  absl::SetFlag(&FLAGS_service_key, issuer.service_key_path());

  for (const char* name : {"lucid-local", "https://login.example"}) {
    absl::SetFlag(&FLAGS_issuer, name);
    absl::SetFlag(&FLAGS_development, false);
    EXPECT_EQ(TokenVerifierFromFlags().status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(TokenSignerFromFlags("tasks").status().code(), absl::StatusCode::kFailedPrecondition);
    absl::SetFlag(&FLAGS_development, true);
    EXPECT_TRUE(TokenVerifierFromFlags().ok());
    EXPECT_TRUE(TokenSignerFromFlags("tasks").ok());
  }
}

TEST(IdentityFlags, WhatIsMissingIsNamed) {
  absl::FlagSaver saver;
  EXPECT_THAT(TokenVerifierFromFlags().status().ToString(), HasSubstr("--issuer"));
  absl::SetFlag(&FLAGS_issuer, "lucid-services");
  absl::SetFlag(&FLAGS_jwks, "/nowhere/users.jwks");
  EXPECT_THAT(TokenVerifierFromFlags().status().ToString(), HasSubstr("kept for services"));
  absl::SetFlag(&FLAGS_issuer, "https://login.example");
  EXPECT_THAT(TokenVerifierFromFlags().status().ToString(), HasSubstr("/nowhere/users.jwks"));
  EXPECT_THAT(TokenSignerFromFlags("tasks").status().ToString(), HasSubstr("--service_key"));
}

}  // namespace
}  // namespace lucid
