
// Each test has pages, a port and a trap of its own.
$wgServer = getenv('KNOWLEDGE_URL') ?: $wgServer;
$wgSQLiteDataDir = getenv('KNOWLEDGE_PAGES') ?: $wgSQLiteDataDir;
$wgMainCacheType = CACHE_NONE;
$wgParserCacheType = CACHE_NONE;
$wgJobRunRate = 0;
$wgGroupPermissions['*']['edit'] = false;
// So little that a batch of pages comes in several answers, as it does where texts are long.
$wgAPIMaxResultSize = 12000;
// As large wikis have it: what is left out of a list is left out of its answers, and no others come in its place.
$wgMiserMode = true;
