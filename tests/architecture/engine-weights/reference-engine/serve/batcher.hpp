#pragma once
#include "model/weights.hpp"
