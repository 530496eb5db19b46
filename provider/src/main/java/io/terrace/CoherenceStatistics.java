package io.terrace;

/**
 * How the local copies of a cache followed what other processes did, at one moment. Counters run
 * from the opening of the cache. A step is what one operation changed in one partition.
 *
 * @param told steps that the shared tier told of, those of this process among them
 * @param gaps how often it was found that steps had not been told
 * @param replayed steps that were read from the log for that reason
 * @param distrusted how often the local copies of a partition were dropped, or compared before they
 *     were served again, since nobody knew what had changed; once each as the cache is opened,
 *     unless a disk remembers how far it followed
 * @param silenceMillis since all partitions were last known to be up to date; about a heartbeat at
 *     most as long as the shared tier answers
 */
public record CoherenceStatistics(
    long told, long gaps, long replayed, long distrusted, long silenceMillis) {}
