package query

import "github.com/scrubline/scrubline/schemas"

func AccessColumns() []schemas.Column { return accessColumns }
