"""Why a record was refused or a value not understood: each reason once, marked for translation."""

from __future__ import annotations

from ..errors import N_

# A record that cannot be kept.
NO_OBJECT = N_("it is no object with fields")
NAMELESS = N_("it has neither an identifier nor a title")
DELETED = N_("the source says that it was deleted")
REPEATED = N_("its identifier stands in this document a second time")

# A value that was kept in part, or not understood.
CUT = N_("it is longer than a record may hold, and was cut")
TOO_MANY = N_("there are more than a record may hold; the rest was left out")
CONTROLS = N_("it held control characters, which were taken out")
NO_TEXT = N_("a text should stand here")
NO_IDENTIFIER = N_("the source gives no identifier; one was made of title and publisher")
NO_TITLE = N_("the source gives no title; its identifier stands for it")
FIRST_KEPT = N_("there are several; the first was kept")
NO_DATE = N_("this is no date, or could be two different ones")
NO_PERIOD = N_("this is no period of time")
NO_PLACE = N_("no place or rectangle could be read from this")
NO_ADDRESS = N_("this is no address of a file that can be fetched")
NO_SIZE = N_("this is no number of bytes")
UNKNOWN_LICENSE = N_("the licence is not known here; look at the source's own text")
SEVERAL_LICENSES = N_("the source names licences that differ; which of them holds is not known")
RESERVED_RIGHTS = N_("this takes back of the licence that the source names; which of them holds is not known")
LICENSE_OF_FILES = N_("the licence is that of all its files; the dataset itself names none")
UNKNOWN_ACCESS = N_("this says nothing that is known about who may read it")
UNKNOWN_FREQUENCY = N_("this is no frequency that is known")
RETIRED_FILES = N_("the source says this of all its files; of the dataset itself it says nothing")
UNKNOWN_LANGUAGE = N_("this is no language that is known")
UNKNOWN_THEME = N_("none of these words names one of the 20 themes")
MISSPELT = N_("the source misspells this property; it was understood nevertheless")
UNDESCRIBED = N_("this form of the data is named but not described")

# About a whole document.
NOT_UTF8 = N_("the document is not UTF-8; its encoding was told from its letters")
FOREIGN_CONTEXT = N_("names of this JSON-LD context are not fetched from elsewhere; the usual ones of DCAT were used")
