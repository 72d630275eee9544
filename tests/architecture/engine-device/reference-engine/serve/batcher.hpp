#pragma once
#include "run/cpu/cpu_runner.hpp"
