#pragma once
// The Cerebrium API: functions of your apps, run, streamed, and in OpenAI's form.
#include "tessera/cerebrium/client.hpp"
