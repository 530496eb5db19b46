/** What an entry processor sees and returns. Internal. */
@NullMarked
package io.terrace.jcache.processor;

import org.jspecify.annotations.NullMarked;
