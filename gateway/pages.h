// The public pages, without login: the front page with the overview and the releases, and a release
// as a readable page, each figure with its definition, period, unit, time and number of records.
#pragma once

#include <string>

#include "gateway/gateway.h"
#include "gateway/upstreams.h"
#include "services/base/token.h"

namespace lucid::gateway {

struct PagesOptions {
  std::string region;   // whose subtree the front page shows, a GB/T 2260 code
  TokenSigner* signer;  // for the overview's cells, which the services show to no one else
  std::function<absl::Time()> clock;
  absl::TimeZone zone;  // in which times are shown
};

// Adds "/", "/public/publications/{id}" and "/public/style.css". All of it outlives the gateway.
void AddPages(Gateway& gateway, Upstreams& upstreams, PagesOptions options);

}  // namespace lucid::gateway
