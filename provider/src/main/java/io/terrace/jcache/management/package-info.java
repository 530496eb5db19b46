/** Statistics and management beans. Internal. */
@NullMarked
package io.terrace.jcache.management;

import org.jspecify.annotations.NullMarked;
