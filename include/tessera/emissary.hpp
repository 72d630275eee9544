#pragma once
// The Emissary API: datasets, training jobs, deployments, and what deployed models answer.
#include "tessera/emissary/client.hpp"
