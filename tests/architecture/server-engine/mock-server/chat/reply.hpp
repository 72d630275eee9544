#pragma once
#include "serve/engine.hpp"
